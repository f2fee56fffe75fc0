import type { INodeParameters, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { callTools, loadPackage } from './harness';
import { byId, CONTINUE, credentials, simulator, useSimulator } from './helpers';
import { toolTypeName } from './load-package';
import { n8n } from './n8n';

useSimulator();

const segmentId = byId("={{ $fromAI('segment', 'ID of the segment') }}");

const call = async (
	style: 'call' | 'request',
	parameters: INodeParameters,
	args: object = {},
	settings = {},
) => {
	const [answer] = await callTools({
		tools: { 'SendGrid Tool': parameters },
		calls: [{ tool: 'SendGrid Tool', args: args as never }],
		style,
		credentials: credentials(),
		settings,
	});
	return answer;
};

const toolDescription = async () =>
	(await loadPackage()).nodeTypes.getByNameAndVersion(toolTypeName).description;

const operationsOf = (properties: INodeProperties[]) =>
	properties.find(({ name }) => name === 'operation')?.options as INodePropertyOptions[];

describe('what a language model is told', () => {
	it('says of every operation and every field what it does', async () => {
		const { properties } = (await loadPackage()).node.description;
		for (const operation of operationsOf(properties)) {
			expect(operation.description).toMatch(/^[A-Z].{20}/);
		}
		const withoutText = ['resource', 'operation', 'requestOptions'];
		const fields = properties
			.filter(({ name }) => !withoutText.includes(name))
			.flatMap((field) =>
				field.type === 'collection' ? (field.options as INodeProperties[]) : [field],
			)
			.filter(({ type }) => !['notice', 'hidden'].includes(type));
		expect(fields.length).toBeGreaterThan(20);
		for (const { name, description, hint } of fields) {
			expect([name, description ?? hint]).toEqual([name, expect.stringMatching(/^[A-Z].{20}/s)]);
		}
	});

	it('names each operation, and warns that deleting is permanent', async () => {
		const nodeType = await toolDescription();
		// What an agent is given as the tool's description where nobody wrote one.
		const told = operationsOf(nodeType.properties).map(({ value: operation }) =>
			n8n.NodeHelpers.getToolDescriptionForNode(
				{ parameters: { resource: 'segment', operation, descriptionType: 'auto' } } as never,
				{ description: nodeType } as never,
			),
		);
		expect(told.sort()).toEqual(
			[
				'Create or update segment',
				'Create segment',
				'Delete segment permanently',
				'Get many segments',
				'Get segment',
				'Refresh segment',
				'Update segment',
			].map((action) => `${action} in SendGrid Segments`),
		);
	});
});

describe.each(['call', 'request'] as const)('called (%s)', (style) => {
	it('does what each operation does, with the arguments of the call', async () => {
		const { id } = simulator.addSegment({ name: 'Old' });
		const name = "={{ $fromAI('name') }}";
		const operations: Array<[string, INodeParameters, output: object]> = [
			['get', {}, { segment_id: id, segment_name: 'Old' }],
			['update', { updateFields: { name } }, { segment_id: id, segment_name: 'New' }],
			[
				'refresh',
				{ timeZone: "={{ $fromAI('zone') }}" },
				{ status: 'accepted', segment_id: id, user_time_zone: 'Europe/Berlin' },
			],
			['getAll', { returnAll: true }, { segment_id: id, segment_name: 'New' }],
			['upsert', { name, queryDsl: 'SELECT 2' }, { segment_id: id, created: false }],
			['delete', {}, { deleted: true, segment_id: id, segment: { name: 'New' } }],
			['create', { name, queryDsl: 'SELECT 1' }, { segment_name: 'New', query_dsl: 'SELECT 1' }],
		];
		for (const [operation, parameters, output] of operations) {
			const { response } = await call(
				style,
				{ operation, segmentId, ...parameters },
				{ segment: id, name: 'New', zone: 'Europe/Berlin' },
			);
			expect(response).toMatchObject([output]);
		}
		expect([...simulator.segments.values()]).toMatchObject([{ name: 'New' }]);
	});

	it('accepts fields as text, as models write them', async () => {
		const { id } = simulator.addSegment();
		const dryRun = "={{ $fromAI('dryRun', '', 'string') }}";
		const { response } = await call(
			style,
			{ operation: 'delete', segmentId, dryRun },
			{ segment: id, dryRun: 'true' },
		);
		expect(response).toMatchObject([{ deleted: false, would_delete: true, segment_id: id }]);
		expect(simulator.requests('DELETE')).toEqual([]);
	});

	it('does not refresh if the model leaves the import job empty', async () => {
		const { id } = simulator.addSegment();
		const options = { importJobId: "={{ $fromAI('job', '', 'string') }}" };
		const { error, response } = await call(
			style,
			{ operation: 'refresh', segmentId, options },
			{ segment: id, job: '' },
			CONTINUE,
		);
		expect(error ?? JSON.stringify(response)).toContain("'Import Job ID' is empty");
		expect(simulator.log).toEqual([]);
	});

	const uncertain = { drop: 'beforeAnswer' as const };

	it.each([
		{ operation: 'refresh', fault: uncertain, requests: 1 },
		{ operation: 'create', fault: uncertain, requests: 1 },
		// A refusal is tried again.
		{ operation: 'create', fault: { status: 403 }, requests: 3 },
	])('Retry On Fail, $operation with $fault: $requests of each call', async (row) => {
		const { operation, fault, requests } = row;
		const { id } = simulator.addSegment();
		simulator.fault({ ...fault, match: ({ method }) => method === 'POST', times: Infinity });
		const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
		const parameters = { operation, segmentId, name: 'New', queryDsl: 'SELECT 1' };
		for (const calls of [1, 2]) {
			const answer = await call(style, parameters, { segment: id }, settings).catch(
				({ message }: Error) => message,
			);
			expect(JSON.stringify(answer)).toMatch(/could not be reached|no access/);
			expect(simulator.requests('POST')).toHaveLength(calls * requests);
		}
	});
});
