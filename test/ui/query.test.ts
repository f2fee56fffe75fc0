import { connect, createNodes, segmentsNode, startNode } from '../../tools/n8n/workflows';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';

const SELECT = 'SELECT contact_id, updated_at FROM contact_data WHERE';

describeInEditor((ctx) => {
	beforeEach(async () => {
		await ctx.editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'Query',
				nodes: createNodes(
					startNode,
					{
						name: 'Data',
						type: 'n8n-nodes-base.set',
						typeVersion: 3.4,
						parameters: {
							assignments: {
								assignments: [
									{ id: 'city', name: 'city', type: 'string', value: "O'Fallon {{ 1 + 1 }}" },
								],
							},
						},
					},
					segmentsNode('create', ctx.credential, { parameters: { name: 'New' } }),
				),
				connections: connect({ Start: ['Data'], Data: ['Segments'] }),
			}),
		);
		await ctx.editor.openNode('Segments');
	});

	/** Enters a query, runs the step and expects this query to be sent. */
	const expectSent = async (entered: string, sent: string) => {
		const { editor, simulator } = ctx;
		await editor.byTestId('parameter-input-queryDsl').locator('textarea').fill(entered);
		await editor.executeButton.click();
		await eventually(async () =>
			expect(await editor.outputRow()).toMatchObject({ name: 'New', status: 'VALID' }),
		);
		expect(simulator.log.map(({ body }) => body)).toEqual([{ name: 'New', query_dsl: sent }]);
	};

	test('a query is sent as it is entered', async () => {
		const query = `${SELECT} city LIKE '100%' AND city <> 'O''Fallon'\n\tAND plan = '{"a": {"b": 1}}' -- "`;
		await expectSent(query, query);
	});

	test('an expression is evaluated once, and its value is inserted as it is', async () => {
		await expectSent(
			`${SELECT} city = '{{ $json.city }}'`,
			`${SELECT} city = 'O'Fallon {{ 1 + 1 }}'`,
		);
	});

	test('an expression can double the quotes of a value', async () => {
		await expectSent(
			`${SELECT} city = '{{ $json.city.replaceAll("'", "''") }}'`,
			`${SELECT} city = 'O''Fallon {{ 1 + 1 }}'`,
		);
	});
});
