import communityNodes from '@n8n/eslint-plugin-community-nodes';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import nodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

/** eslint-plugin-n8n-nodes-base keeps its sets in ESLint's old format. */
const nodesBaseSet = (name, files, exceptions = {}) => ({
	files,
	languageOptions: { parser: tseslint.parser },
	plugins: { 'n8n-nodes-base': nodesBase },
	rules: { ...nodesBase.configs[name].rules, ...exceptions },
});

const layersFolder = './nodes/SendGridSegments';

const nodeFiles = ['SendGridSegments.node.ts', 'SendGridSegmentsTrigger.node.ts'];

/** The layers of the node, and which other layers each one may import besides these: */
const foundation = ['errors.ts', 'limits.ts', 'utils.ts'];
const layers = {
	operations: ['execution', 'operation.ts', 'parameters', 'transport', ...foundation],
	trigger: ['parameters', 'transport', ...foundation],
	'methods.ts': ['parameters', 'timeZones', 'transport', ...foundation],
	execution: ['operation.ts', 'parameters', 'transport', ...foundation],
	'operation.ts': ['parameters', 'transport', ...foundation],
	parameters: ['timeZones', ...foundation],
	transport: foundation,
	timeZones: foundation,
	'errors.ts': ['utils.ts'],
	'limits.ts': [],
	'utils.ts': [],
};

const layerZones = Object.entries(layers).map(([layer, allowed]) => ({
	target: `${layersFolder}/${layer}`,
	from: [...nodeFiles, ...Object.keys(layers)]
		.filter((other) => other !== layer && !allowed.includes(other))
		.map((other) => `${layersFolder}/${other}`),
	message: `Of the other layers, ${layer} may import ${allowed.join(', ') || 'none'}.`,
}));

/** For folders that stand alone: their files may import each other and packages. */
const onlyThemselves = (...folders) => ({
	target: folders.map((folder) => `./${folder}`),
	from: '.',
	except: [...folders, 'node_modules'],
	message: `${folders.join(' and ')} may import nothing from the rest of the repository.`,
});

export default tseslint.config(
	{ ignores: ['dist/', 'test-results/', '**/*.json', '!package.json'] },
	{ files: ['**/*.{ts,js,mjs}'], extends: [tseslint.configs.recommended] },
	{
		files: ['**/*.{ts,mjs}'],
		plugins: { 'import-x': importX },
		settings: {
			'import-x/extensions': ['.ts', '.js', '.mjs'],
			'import-x/resolver-next': [
				createNodeResolver({ extensions: ['.ts', '.js', '.mjs', '.json'] }),
			],
		},
		rules: {
			'import-x/no-cycle': 'error',
			'import-x/no-restricted-paths': [
				'error',
				{
					basePath: import.meta.dirname,
					zones: [
						...layerZones,
						onlyThemselves('nodes', 'credentials'),
						{
							target: './simulator',
							from: '.',
							except: ['simulator', 'node_modules', `${layersFolder}/limits.ts`],
							message:
								"Of the rest of the repository, simulator may import SendGrid's limits only.",
						},
						{
							target: './tools',
							from: './test',
							message: 'tools may import nothing from test.',
						},
					],
				},
			],
		},
	},
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
	}),
	{
		// CommonJS, as n8n and the tools that read these files expect.
		files: ['**/*.js'],
		rules: { '@typescript-eslint/no-require-imports': 'off' },
	},
);
