import { join } from 'node:path';
import type { Locator } from 'playwright-core';

const FOLDER = join(__dirname, '../../docs/images');

/** Lengths in pixels of the page. */
interface Frame {
	/** What is shown around the elements. */
	margin?: number;
	/** The lower part of the elements is left out. */
	height?: number;
}

/** Takes a picture for the README, of all elements that the locator finds. */
export async function takePicture(
	name: string,
	of: Locator,
	{ margin = 0, height }: Frame = {},
): Promise<void> {
	const boxes = [];
	for (const element of await of.elementHandles()) {
		await element.waitForElementState('stable');
		boxes.push((await element.boundingBox())!);
	}
	const x = Math.min(...boxes.map((box) => box.x)) - margin;
	const y = Math.min(...boxes.map((box) => box.y)) - margin;
	const right = Math.max(...boxes.map((box) => box.x + box.width)) + margin;
	const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + margin;
	await of.page().screenshot({
		path: join(FOLDER, `${name}.png`),
		clip: { x, y, width: right - x, height: height ?? bottom - y },
		animations: 'disabled',
		caret: 'hide',
	});
}
