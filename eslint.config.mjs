import communityNodes from '@n8n/eslint-plugin-community-nodes';
import nodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

/** eslint-plugin-n8n-nodes-base keeps its sets in ESLint's old format. */
const nodesBaseSet = (name, files, exceptions = {}) => ({
	files,
	languageOptions: { parser: tseslint.parser },
	plugins: { 'n8n-nodes-base': nodesBase },
	rules: { ...nodesBase.configs[name].rules, ...exceptions },
});

export default tseslint.config(
	{ ignores: ['dist/', '**/*.json', '!package.json'] },
	{ files: ['**/*.{ts,js,mjs}'], extends: [tseslint.configs.recommended] },
	{
		files: ['credentials/**/*.ts', 'nodes/**/*.ts', 'package.json'],
		languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
		extends: [communityNodes.configs.recommended],
	},
	nodesBaseSet('community', ['package.json']),
	nodesBaseSet('credentials', ['credentials/**/*.ts'], {
		// Wants the name of a page in n8n's own documentation; a community credential links to its own.
		'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
	}),
	nodesBaseSet('nodes', ['nodes/**/*.ts'], {
		// Want the text 'main'; the newer plugin's rule node-connection-type-literal forbids it.
		'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
		'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
		// Wants "Get Many"; without a Resource field, n8n's guidelines have operations name theirs.
		'n8n-nodes-base/node-param-option-name-wrong-for-get-many': 'off',
	}),
	{
		// CommonJS, as n8n and the tools that read these files expect.
		files: ['**/*.js'],
		rules: { '@typescript-eslint/no-require-imports': 'off' },
	},
);
