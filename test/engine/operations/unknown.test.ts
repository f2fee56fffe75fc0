import {
	byId,
	CONTINUE,
	expectFailure,
	pairsOf,
	run,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

/** A proxy or gateway as Base URL may answer its root with 200: were it asked, each item would succeed. */
const answerEverything = () =>
	simulator.fault({ times: Infinity, match: ({ path }) => path === '/', body: { status: 'ok' } });

// n8n adds "Custom API Call" to the list; a builder may name an operation that is none.
it.each(['__CUSTOM_API_CALL__', 'remove', 'DELETE', 'toString', '={{ $json.operation }}'])(
	'the operation %s fails every item, and nothing is sent',
	async (operation) => {
		const { id } = simulator.addSegment();
		answerEverything();
		const { success } = await run(
			{ operation, segmentId: byId(id) },
			{ items: [{ operation: 'delete' }, { operation: 'delete' }], ...CONTINUE },
		);
		expect(sent()).toEqual([]);
		expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 1 }]);
		for (const item of success) {
			expectFailure(item, {
				message: expect.stringMatching(/^'Operation' is not valid: /),
				description: expect.stringContaining(
					'create, upsert, delete, get, getAll, refresh, update',
				),
			});
		}
	},
);

it.each(['segments', 'constructor', '={{ "segment" }}'])(
	'the resource %s stops the workflow, and nothing is sent',
	async (resource) => {
		const { id } = simulator.addSegment();
		answerEverything();
		const { error, success } = await run({ resource, operation: 'delete', segmentId: byId(id) });
		expect(error?.message).toMatch(/^'Resource' is not valid: /);
		expect(success).toEqual([]);
		expect(sent()).toEqual([]);
	},
);
