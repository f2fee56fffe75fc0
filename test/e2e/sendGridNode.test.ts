import { callWebhook } from '../../tools/n8n/executions';
import { connect, createNodes, segmentsNode, webhookNode } from '../../tools/n8n/workflows';
import type { SavedCredential } from '../../tools/n8n/client';
import type { ImportUpdate, SegmentRecord } from '../../simulator';
import { describeOnEveryN8n } from './describeOnEveryN8n';

/** n8n's own SendGrid node always sends its requests to https://api.sendgrid.com. */
describeOnEveryN8n(
	(ctx) => {
		let sendGridCredential: SavedCredential;
		let segment: SegmentRecord;
		/** How the import was when the refresh arrived. */
		let statusAtRefresh: string | undefined;

		beforeAll(async () => {
			sendGridCredential = await ctx.n8n.createCredential('SendGrid', 'sendGridApi', {
				apiKey: ctx.simulator.keys.full,
			});
			await ctx.redirectHosts({ 'api.sendgrid.com': ctx.simulator.url });
		});
		afterAll(async () => {
			await ctx.redirectHosts({});
		});
		beforeEach(() => {
			segment = ctx.simulator.addSegment();
			statusAtRefresh = undefined;
			ctx.simulator.fault({
				match: ({ method }) => {
					if (method === 'POST') statusAtRefresh = onlyImport().status;
					return false;
				},
			});
		});

		const onlyImport = () => {
			expect(ctx.simulator.imports.size).toBe(1);
			return [...ctx.simulator.imports.values()][0];
		};

		const looks = () => ctx.simulator.requests('GET', '/contacts/imports/').length;

		/** Ends the import when the node looks for the second time. */
		const endImport = (update: ImportUpdate) => {
			ctx.simulator.fault({
				match: () => {
					if (looks() === 2 && onlyImport().status === 'pending') {
						ctx.simulator.updateImports(update);
					}
					return false;
				},
			});
		};

		const upsertAndRefresh = async () =>
			await callWebhook(
				ctx.n8n,
				{
					name: 'Upsert and refresh',
					nodes: createNodes(
						webhookNode(),
						{
							name: 'Contacts',
							type: 'n8n-nodes-base.splitOut',
							parameters: { fieldToSplitOut: 'body.contacts' },
						},
						{
							name: 'Upsert',
							type: 'n8n-nodes-base.sendGrid',
							parameters: {
								resource: 'contact',
								operation: 'upsert',
								email: '={{ $json.email }}',
								additionalFields: { city: 'Berlin' },
							},
							credentials: { sendGridApi: sendGridCredential },
						},
						segmentsNode('refresh', ctx.credential, {
							parameters: {
								segmentId: { __rl: true, mode: 'id', value: segment.id },
								options: { importJobId: '={{ $json.job_id }}', pollSeconds: 5 },
							},
						}),
					),
					connections: connect({
						Webhook: ['Contacts'],
						Contacts: ['Upsert'],
						Upsert: ['Segments'],
					}),
				},
				{ contacts: [1, 2, 3].map((n) => ({ email: `contact-${n}@example.com` })) },
			);

		test.each(['completed', 'errored'] as const)(
			"the refresh goes out when the SendGrid node's upsert has ended as %s",
			async (status) => {
				endImport({ status });
				const { output } = await upsertAndRefresh();

				const [upsert] = ctx.simulator.requests('PUT');
				expect((upsert.body as { contacts: unknown[] }).contacts).toHaveLength(3);
				// Beside `json`; if n8n mends that, it is within it.
				expect(output('Upsert')).toHaveLength(1);
				expect(JSON.stringify(output('Upsert')[0])).toContain(onlyImport().id);
				expect(looks()).toBe(2);
				expect(statusAtRefresh).toBe(status);
				expect(output('Segments').map(({ json }) => json)).toEqual([
					expect.objectContaining({ status: 'accepted', segment_id: segment.id }),
				]);
				expect(ctx.simulator.requests('POST')).toHaveLength(1);
			},
		);

		test('no refresh is sent if the import fails', async () => {
			endImport({ status: 'failed' });
			const { status, error } = await upsertAndRefresh();
			expect(status).toBe('error');
			expect(error?.message).toMatch(/import .*failed/i);
			expect(looks()).toBe(2);
			expect(ctx.simulator.requests('POST')).toEqual([]);
			expect(ctx.simulator.accountRefreshesUsed).toBe(0);
		});
	},
	{ importSeconds: Infinity },
);
