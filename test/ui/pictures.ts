import { join } from 'node:path';
import type { Locator } from 'playwright-core';

export const PICTURES = join(__dirname, '../../docs/images');

/** In CSS pixels. */
interface Frame {
	/** Space around the elements. */
	margin?: number;
	/** Width of the picture, if the right part is cut off. */
	width?: number;
	/** Height of the picture, if the lower part is cut off. */
	height?: number;
}

/** Takes a picture for the README of all elements that match the locator. */
export async function takePicture(
	name: string,
	locator: Locator,
	{ margin = 0, width, height }: Frame = {},
): Promise<void> {
	const boxes = [];
	for (const element of await locator.elementHandles()) {
		await element.waitForElementState('stable');
		boxes.push((await element.boundingBox())!);
	}
	const x = Math.min(...boxes.map((box) => box.x)) - margin;
	const y = Math.min(...boxes.map((box) => box.y)) - margin;
	const right = Math.max(...boxes.map((box) => box.x + box.width)) + margin;
	const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + margin;
	await locator.page().screenshot({
		path: join(PICTURES, `${name}.png`),
		clip: { x, y, width: width ?? right - x, height: height ?? bottom - y },
		animations: 'disabled',
		caret: 'hide',
	});
}
