import { connect, createNodes, segmentsNode, startNode } from '../../tools/n8n/workflows';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';
import { takePicture } from './pictures';

const LIMITED_ID = '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f02';

describeInEditor((ctx) => {
	beforeAll(async () => {
		const segmentId = {
			__rl: true,
			mode: 'list',
			value: LIMITED_ID,
			cachedResultName: 'Customers in Germany',
		};
		const parameters = { segmentId, timeZone: 'Europe/Berlin' };
		const node = segmentsNode('refresh', ctx.credential, { parameters });
		await ctx.editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'Failures',
				nodes: createNodes(startNode, { ...node, name: 'Refresh segment' }),
				connections: connect({ Start: ['Refresh segment'] }),
			}),
		);
	});

	test('a limit says when the next refresh is possible', async () => {
		ctx.simulator.clock.set('2027-03-01T09:00:00Z');
		ctx.simulator.addSegment({
			id: LIMITED_ID,
			name: 'Customers in Germany',
			contacts_count: 872,
			refreshes_used: 2,
			last_refreshed_at: '2027-03-01T07:00:00Z',
			lastTimeZone: 'Europe/Berlin',
		});
		await ctx.editor.openNode('Refresh segment');
		await ctx.editor.executeButton.click();
		await eventually(async () =>
			expect(await ctx.editor.failure()).toEqual({
				message: '"Customers in Germany" has reached its limit of 2 refreshes per day',
				description:
					'Next refresh possible: Mar 2, 2027, 00:00 (Europe/Berlin), in 14 hours. To skip it instead of failing, set \'When Limit Is Reached\' to "Skip".',
			}),
		);
		await ctx.editor.closeToasts();
		await takePicture('limit-reached', ctx.editor.parametersAndOutput, { height: 480 });
	});
});
