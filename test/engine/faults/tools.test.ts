import type { INodeParameters } from 'n8n-workflow';
import { callTools } from '../harness';
import {
	createItems,
	credentials,
	isAbout,
	type Operation,
	operations,
	simulator,
	useNewSimulator,
} from './setup';

useNewSimulator();

/** The operation as an agent's tool: the model says which segment. */
const asTool = ({ parameters }: Operation): INodeParameters =>
	JSON.parse(JSON.stringify(parameters).replaceAll('$json.id', "$fromAI('segment', 'its ID')"));

type Responses = Awaited<ReturnType<typeof callTools>>;

const isDone = ({ response }: Responses[number]) =>
	Array.isArray(response) && response.length === 1 && !response[0].error;

const { deletion, refresh, get, create, update } = operations;

/** `once` is what SendGrid itself allows only once. */
const called = [
	{ operation: deletion, once: true, refusal: /does not exist/ },
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
		const [{ id: segment }] = createItems(operation, 1);
		const responses = await callTools({
			tools: Object.fromEntries(tools.map((name) => [name, asTool(operation)])),
			calls: tools.map((tool) => ({ tool, args: { segment } })),
			style,
			// A tool that the engine runs would end the whole workflow where it fails.
			settings: style === 'request' ? { onError: 'continueRegularOutput' } : {},
			credentials: credentials(),
		});

		// The engine runs its calls one after the other: what reads first sees what the first call did.
		const readsFirst = operation === refresh || operation === deletion;
		const sent = simulator.log.filter(
			(request) => request.method === operation.faultedMethod && isAbout(request, { id: segment }),
		);
		expect(sent).toHaveLength(readsFirst && style === 'request' ? 1 : 2);
		expect(responses.filter(isDone)).toHaveLength(once ? 1 : 2);
		if (refusal)
			expect(JSON.stringify(responses.find((response) => !isDone(response)))).toMatch(refusal);
		expect(JSON.stringify(responses)).not.toContain(simulator.keys.full);
	});
});
