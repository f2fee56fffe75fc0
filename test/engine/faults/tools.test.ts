import type { INodeParameters } from 'n8n-workflow';
import { type Simulator, startSimulator } from '../../../simulator';
import { callTools } from '../harness';
import { type Operation, operations, prepared } from './operations';
import { keepsKeyOutOfLog } from './support';

keepsKeyOutOfLog();

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator();
});

afterEach(async () => await simulator.stop());

/** The operation as an agent's tool: the model says which segment. */
const asTool = ({ parameters }: Operation): INodeParameters =>
	JSON.parse(JSON.stringify(parameters).replaceAll('$json.id', "$fromAI('segment', 'its ID')"));

type Answers = Awaited<ReturnType<typeof callTools>>;

const isDone = ({ response }: Answers[number]) =>
	Array.isArray(response) && response.length === 1 && !response[0].error;

const { remove, refresh, get, create, update } = operations;

/** `once` is what SendGrid itself allows only once. */
const called = [
	{ operation: remove, once: true, refusal: /does not exist/ },
	{ operation: refresh, once: true, refusal: /less than an hour ago/ },
	{ operation: create, once: true, refusal: /already used by another segment/ },
	{ operation: get, once: false },
	{ operation: update, once: false },
];

const cases = (['call', 'request'] as const).flatMap((style) =>
	called.map((row) => ({ ...row, style, title: row.operation.title })),
);

describe.each(cases)('$title, $style: each call in one turn is carried out on its own', (row) => {
	const { operation, once, refusal, style } = row;

	it.each([
		{ nodes: 'of one tool', tools: ['First', 'First'] },
		{ nodes: 'of two tools', tools: ['First', 'Second'] },
	])('$nodes', async ({ tools }) => {
		const [{ id: segment }] = prepared(operation, simulator, 1);
		const answers = await callTools({
			tools: Object.fromEntries(tools.map((name) => [name, asTool(operation)])),
			calls: tools.map((tool) => ({ tool, args: { segment } })),
			style,
			// A tool that the engine runs would end the whole workflow where it fails.
			settings: style === 'request' ? { onError: 'continueRegularOutput' } : {},
			credentials: { apiKey: simulator.keys.full, baseUrl: simulator.url },
		});

		// The engine runs the calls one after the other: the second refresh sees that of the first.
		const isLookedAt = operation === refresh && style === 'request';
		expect(simulator.requests(operation.hit)).toHaveLength(isLookedAt ? 1 : 2);
		expect(answers.filter(isDone)).toHaveLength(once ? 1 : 2);
		if (refusal) expect(JSON.stringify(answers.find((answer) => !isDone(answer)))).toMatch(refusal);
		expect(JSON.stringify(answers)).not.toContain(simulator.keys.full);
	});
});
