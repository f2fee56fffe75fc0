import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import { startProbe, type Probe } from '../../tools/n8n/startProbe';
import { callWebhook } from '../../tools/n8n/executions';
import { itemsBody, itemsWorkflow, segmentsNode } from '../../tools/n8n/workflows';
import { describeOnEveryN8n } from './describeOnEveryN8n';

const ITEMS = 5000;

describeOnEveryN8n((ctx) => {
	let probe: Probe;
	beforeAll(() => {
		probe = startProbe(ctx.n8n.url);
	});
	afterAll(() => probe.stop());

	test.each<INode['onError']>(['continueRegularOutput', 'stopWorkflow'])(
		'n8n answers within a second while it prepares 5,000 items: %s',
		async (onError) => {
			// Above what one window of the simulator's rate limit allows, so that none of it is waited for.
			ctx.simulator.rateLimit = { limit: 100_000 };
			const ids = Array.from({ length: ITEMS }, () => randomUUID());
			for (const id of ids) ctx.simulator.addSegment({ id });
			const node = segmentsNode('delete', ctx.credential, { onError });
			await probe.longestFreeze();
			const { output } = await callWebhook(ctx.n8n, itemsWorkflow(node), itemsBody(ids));
			const freezeMs = await probe.longestFreeze();
			expect(output('Segments')).toHaveLength(ITEMS);
			expect(ctx.simulator.segments.size).toBe(0);
			expect(freezeMs).toBeLessThan(1000);
		},
		180_000,
	);
});
