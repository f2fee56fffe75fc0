import type { INodeParameters, NodeHint } from 'n8n-workflow';
import { loadPackage } from './harness';
import { byId } from './helpers';
import { nodeTypeName } from './load-package';
import { n8n } from './n8n';

const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';

/** The hints for a node with these parameters and so many input items, as n8n's editor finds them. */
async function hintsFor(
	parameters: INodeParameters,
	itemCount: number,
	when: NodeHint['whenToDisplay'],
): Promise<string[]> {
	const { node, nodeTypes } = await loadPackage();
	const workflow = new n8n.Workflow({
		nodes: [
			{ id: '1', name: 'Node', type: nodeTypeName, typeVersion: 1, position: [0, 0], parameters },
		],
		connections: {},
		active: false,
		nodeTypes,
	});
	const input = Array.from({ length: itemCount }, () => ({ json: { id: ID } }));
	return node.description
		.hints!.filter(({ whenToDisplay }) => whenToDisplay === when)
		.filter(({ displayCondition }) => {
			const shown = workflow.expression.getParameterValue(
				displayCondition!,
				null,
				0,
				0,
				'Node',
				input,
				'manual',
				{},
			);
			// The editor ignores a condition that is anything else.
			expect(typeof shown).toBe('boolean');
			return shown;
		})
		.map(({ message }) => message);
}

const perItem = byId('={{ $json.id }}');

const tenPerDay = /^SendGrid allows 10 refreshes per account per day\./;
const dryRun = /^Dry run: nothing was deleted\.$/;
const batching = /^With On Error set to Stop Workflow, requests are sent after the last batch,/;
const notCounted = /^"contacts_count" is null until SendGrid has counted the contacts\./;

const batchesEvery = (batchInterval: number) => ({
	batching: { batch: { batchSize: 1, batchInterval } },
});

type Row = [parameters: INodeParameters, itemCount: number, hint: RegExp | null];

it.each<Row>([
	[{ operation: 'refresh', segmentId: perItem }, 11, tenPerDay],
	[{ operation: 'refresh', segmentId: '={{ $json.id }}' }, 6000, tenPerDay],
	[{ operation: 'refresh', segmentId: perItem }, 10, null],
	[{ operation: 'refresh', segmentId: byId(ID) }, 6000, null],
	[{ operation: 'refresh', segmentId: perItem, whenLimitReached: 'skip' }, 11, null],
	[{ operation: 'getAll', requestOptions: batchesEvery(1) }, 1, null],
	[{ operation: 'getAll', requestOptions: batchesEvery(1000) }, 1, batching],
])('before a run of %j with %d items', async (parameters, itemCount, hint) => {
	const expected = hint ? [expect.stringMatching(hint)] : [];
	expect(await hintsFor(parameters, itemCount, 'beforeExecution')).toEqual(expected);
});

it.each<Row>([
	[{ operation: 'delete', segmentId: perItem, dryRun: true }, 1, dryRun],
	[{ operation: 'delete', segmentId: perItem, dryRun: false }, 1, null],
	[{ operation: 'create' }, 1, notCounted],
	[{ operation: 'upsert', options: { timeoutSeconds: 5 } }, 1, notCounted],
	[{ operation: 'create', options: { waitUntilCounted: true } }, 1, null],
	[{ operation: 'getAll' }, 1, null],
])('after a run of %j', async (parameters, itemCount, hint) => {
	const expected = hint ? [expect.stringMatching(hint)] : [];
	expect(await hintsFor(parameters, itemCount, 'afterExecution')).toEqual(expected);
});
