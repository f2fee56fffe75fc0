// What `film.ts` uses of packages that have no types.

declare module 'gifenc' {
	type Palette = number[][];
	interface FrameOptions {
		palette?: Palette;
		delay: number;
		transparent: boolean;
		transparentIndex: number;
		dispose: number;
	}
	export function quantize(rgba: Uint8Array, maxColors: number): Palette;
	export function applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array;
	export function GIFEncoder(): {
		writeFrame(index: Uint8Array, width: number, height: number, options: FrameOptions): void;
		finish(): void;
		bytes(): Uint8Array;
	};
}

declare module 'pngjs' {
	export const PNG: {
		sync: { read(png: Buffer): { width: number; height: number; data: Buffer } };
	};
}
