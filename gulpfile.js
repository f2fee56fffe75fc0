const { src, dest, parallel } = require('gulp');

/** Icons are read by n8n as files beside the compiled code; `encoding: false` copies them byte for byte. */
const icons = () => src('icons/*.svg', { encoding: false }).pipe(dest('dist/icons'));

/** Codex and output schemas: JSON that n8n loads by its path next to the node. */
const json = () => src('nodes/**/*.json').pipe(dest('dist/nodes'));

exports.default = parallel(icons, json);
