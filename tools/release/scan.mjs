// Prints what n8n's scanner says: `node tools/release/scan.mjs <source folder> <folder of the unpacked package>`.
import {
	analyzePackage,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';

const [source, unpacked] = process.argv.slice(2);

console.log(
	JSON.stringify({
		source: await analyzePackage(source, SOURCE_FILE_PATTERNS),
		packed: await analyzePackage(unpacked, ['**/*.js', 'package.json']),
	}),
);
