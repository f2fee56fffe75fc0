import type { INode } from 'n8n-workflow';
import { deferExpressions } from '../../../nodes/SendGridSegments/execution/deferExpressions';

const parameters = () => ({
	resource: 'segment',
	operation: '=delete',
	requestOptions: { batching: {} },
	segmentId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
	dryRun: '={{ $json.dry }}',
	options: { ignoreNotFound: '={{ $json.ignore }}' },
});

const nodeOf = () => ({ name: 'x', parameters: parameters() }) as unknown as INode;

const EMPTIED = { ...parameters(), segmentId: {}, dryRun: '', options: {} };

it('takes all parameters away but those that decide what is done, until something is waited for', async () => {
	const node = nodeOf();
	const own = node.parameters;
	deferExpressions(node);
	expect(node.parameters).toEqual(EMPTIED);
	await Promise.resolve();
	expect(node.parameters).toBe(own);
	expect(own).toEqual(parameters());
});

it('gives the parameters back when the engine throws before it waits', async () => {
	const node = nodeOf();
	const own = node.parameters;
	const prepare = async () => {
		deferExpressions(node);
		throw new Error('The engine has given up');
	};
	await expect(prepare()).rejects.toThrow();
	expect(node.parameters).toBe(own);
});

describe('two executions that share a node', () => {
	it('never leave it empty, in whatever order their stretches begin and end', async () => {
		const node = nodeOf();
		const own = node.parameters;
		for (let i = 0; i < 50; i++) {
			deferExpressions(node);
			if (i % 3 === 0) await Promise.resolve();
			if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
		}
		await Promise.resolve();
		expect(node.parameters).toBe(own);
	});

	it('find a node empty at most until the first of them waits', async () => {
		const node = nodeOf();
		deferExpressions(node);
		deferExpressions(node);
		// What n8n's engine does next, after its first await.
		await Promise.resolve();
		expect(node.parameters).toEqual(parameters());
	});
});

it('leaves a frozen node as it is, without a word', () => {
	const node = Object.freeze(nodeOf());
	deferExpressions(node);
	expect(node.parameters).toEqual(parameters());
});
