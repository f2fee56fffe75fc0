import { writeFile } from 'node:fs/promises';
import { GIFEncoder, applyPalette, quantize } from 'gifenc';
import type { Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';

const MAX_COLORS = 63;

/** In the palette, for a pixel that is as in the picture before. */
const UNCHANGED = MAX_COLORS;

/** The pointer, which a browser without a screen does not draw. */
const POINTER = `
	const pointer = document.createElement('div');
	pointer.innerHTML = '<svg width="22" height="28" viewBox="0 0 11 14"><path d="M0 0v12l3-3 2 5 2-1-2-4h4z" stroke="white"/></svg>';
	pointer.style = 'position: fixed; z-index: 999999; pointer-events: none; left: -50px';
	document.documentElement.append(pointer);
	document.addEventListener('mousemove', ({ clientX, clientY }) => {
		pointer.style.left = clientX + 'px';
		pointer.style.top = clientY + 'px';
	}, true);
`;

/** Makes a moving picture of what a user does on a page. */
export class Film {
	private readonly pictures: Array<{ png: Buffer; ms: number }> = [];
	private pointer = { x: 0, y: 0 };

	constructor(private readonly page: Page) {}

	/** Call it when the page has been opened. */
	async start(): Promise<void> {
		await this.page.evaluate(POINTER);
		const { width, height } = this.page.viewportSize()!;
		this.pointer = { x: width / 2, y: height * 0.75 };
		await this.page.mouse.move(this.pointer.x, this.pointer.y);
	}

	/** Shows the page as it is now for so long. */
	async show(ms: number): Promise<void> {
		const png = await this.page.screenshot({ animations: 'disabled', caret: 'hide' });
		this.pictures.push({ png, ms });
	}

	/** Moves the pointer to the element and clicks. */
	async click(target: Locator): Promise<void> {
		await target.scrollIntoViewIfNeeded();
		const { x, y, width, height } = (await target.boundingBox())!;
		const from = this.pointer;
		const to = { x: x + Math.min(width / 2, 120), y: y + height / 2 };
		const steps = 5;
		for (let step = 1; step <= steps; step++) {
			const part = (1 - Math.cos((Math.PI * step) / steps)) / 2;
			await this.page.mouse.move(from.x + part * (to.x - from.x), from.y + part * (to.y - from.y));
			await this.show(step === steps ? 350 : 60);
		}
		this.pointer = to;
		await target.click({ position: { x: to.x - x, y: to.y - y } });
	}

	/** Types a text, a few characters per picture. */
	async type(text: string): Promise<void> {
		for (const part of text.match(/.{1,3}/g) ?? []) {
			await this.page.keyboard.type(part);
			await this.show(180);
		}
	}

	/** @returns how long it runs, in ms, and its size in bytes */
	async save(path: string): Promise<{ ms: number; bytes: number }> {
		const decoded = this.pictures.map(({ png, ms }) => ({ ...PNG.sync.read(png), ms }));
		const { width, height } = decoded[0];
		const sample = Buffer.concat(decoded.filter((_, n) => n % 4 === 0).map(({ data }) => data));
		const palette = quantize(sample, MAX_COLORS);
		while (palette.length <= UNCHANGED) palette.push([0, 0, 0]);
		const gif = GIFEncoder();
		let before: Uint8Array | undefined;
		for (const { data, ms } of decoded) {
			const pixels = applyPalette(data, palette.slice(0, MAX_COLORS));
			const last = before;
			const changes = last
				? pixels.map((color, n) => (color === last[n] ? UNCHANGED : color))
				: pixels;
			gif.writeFrame(changes, width, height, {
				palette: last ? undefined : palette,
				delay: ms,
				transparent: last !== undefined,
				transparentIndex: UNCHANGED,
				dispose: 1,
			});
			before = pixels;
		}
		gif.finish();
		await writeFile(path, gif.bytes());
		return {
			ms: decoded.reduce((sum, { ms }) => sum + ms, 0),
			bytes: gif.bytes().length,
		};
	}
}
