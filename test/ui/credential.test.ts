import { startSimulator, type Simulator } from '../../simulator';
import { seedDemo } from '../../simulator/demoData';
import {
	connect,
	createNodes,
	SEGMENTS_CREDENTIAL,
	SEGMENTS_NODE,
	startNode,
} from '../../tools/n8n/workflows';
import { eventually } from '../eventually';
import { describeInEditor } from './describeInEditor';

describeInEditor((ctx) => {
	/** The account of the other credentials. */
	let production: Simulator;
	const createCredential = async (apiKey: string) =>
		await ctx.n8n.createCredential('Production', SEGMENTS_CREDENTIAL, {
			apiKey,
			baseUrl: production.url,
		});

	beforeAll(async () => {
		production = await startSimulator();
	});
	afterAll(async () => {
		await production.stop();
	});

	beforeEach(async () => {
		const { editor } = ctx;
		production.reset();
		seedDemo(ctx.simulator);
		const node = {
			name: 'Segments',
			type: SEGMENTS_NODE,
			credentials: { [SEGMENTS_CREDENTIAL]: ctx.credential },
		};
		await editor.openWorkflow(
			await ctx.n8n.createWorkflow({
				name: 'From a test account to the real one',
				nodes: createNodes(startNode, node),
				connections: connect({ Start: ['Segments'] }),
			}),
		);
		await editor.openNode('Segments');
		await editor.chooseSegment('Customers in Germany');
		await editor.searchTimeZone('munich');
		await editor.menuItems.filter({ hasText: /^Europe\/Berlin/ }).click();
	});

	test('another credential keeps the segment and the time zone', async () => {
		const { editor, simulator } = ctx;
		seedDemo(production);
		await editor.changeCredential(await createCredential(production.keys.full));

		await editor.executeButton.click();
		await eventually(async () =>
			expect(await editor.outputRow()).toMatchObject({
				status: 'accepted',
				segment_name: 'Customers in Germany',
				user_time_zone: 'Europe/Berlin',
			}),
		);
		expect(await editor.picker('segmentId').inputValue()).toBe('Customers in Germany');
		await eventually(async () =>
			expect(await editor.timeZone.inputValue()).toMatch(/^Europe\/Berlin /),
		);
		const refreshes = ({ log }: Simulator) => log.filter(({ method }) => method === 'POST');
		expect(refreshes(production)).toHaveLength(1);
		expect(refreshes(simulator)).toEqual([]);
	});

	test.each([
		['another account', 'full'],
		['a wrong key', 'revoked'],
	] as const)('%s: the segment has to be chosen again, the time zone is kept', async (_, key) => {
		const { editor } = ctx;
		await editor.changeCredential(await createCredential(production.keys[key]));
		await eventually(async () => expect(await editor.picker('segmentId').inputValue()).toBe(''));
		await editor.byTestId('parameter-issues').waitFor();
		await eventually(async () =>
			expect(await editor.timeZone.inputValue()).toMatch(/^Europe\/Berlin /),
		);
	});
});
