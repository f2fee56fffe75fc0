const { writeFile, mkdir } = require('node:fs/promises');
const path = require('node:path');
const { build } = require('esbuild');
const { src, dest, parallel } = require('gulp');
const { n8n } = require('./package.json');

const BUNDLE = 'dist/index.js';

/**
 * All code in one file: n8n loads all code of a package when it starts, and most of the time goes
 * into finding and opening files. The files that n8n looks for pass on what is in it.
 */
async function code() {
	const files = [...n8n.credentials, ...n8n.nodes];
	const sources = files.map((file) => path.relative('dist', file).replace(/\.js$/, ''));
	await build({
		stdin: {
			contents: sources.map((source) => `export * from './${source}';`).join('\n'),
			resolveDir: __dirname,
		},
		bundle: true,
		platform: 'node',
		target: 'node20',
		format: 'cjs',
		packages: 'external',
		outfile: BUNDLE,
		logLevel: 'warning',
	});
	for (const file of files) {
		const bundle = path.relative(path.dirname(file), BUNDLE);
		await mkdir(path.dirname(file), { recursive: true });
		await writeFile(file, `module.exports = require('${bundle}');\n`);
	}
}

/** Icons are read by n8n as files beside the code; `encoding: false` copies them byte for byte. */
const icons = () => src('icons/*.svg', { encoding: false }).pipe(dest('dist/icons'));

/** Codex and output schemas: JSON that n8n loads by its path next to the node. */
const json = () => src('nodes/**/*.json').pipe(dest('dist/nodes'));

exports.code = code;
exports.default = parallel(code, icons, json);
