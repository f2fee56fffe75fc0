import { randomUUID } from 'node:crypto';
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

	// Compared with the run itself, since both take longer on a busy machine.
	test('n8n responds to others while it runs 5,000 items', async () => {
		const { id } = ctx.simulator.addSegment();
		// Many items, few segments, as in a CRM sync; half of them fail, each for itself.
		const ids = Array.from({ length: ITEMS }, (_, n) => (n % 2 ? id : `no ID ${randomUUID()}`));
		const node = segmentsNode('get', ctx.credential, { onError: 'continueRegularOutput' });
		await probe.longestFreeze();
		const startedAt = performance.now();
		const { output } = await callWebhook(ctx.n8n, itemsWorkflow(node), itemsBody(ids));
		const runMs = performance.now() - startedAt;
		const freezeMs = await probe.longestFreeze();
		expect(output('Segments')).toHaveLength(ITEMS);
		expect(ctx.simulator.log).toHaveLength(1);
		expect(freezeMs).toBeLessThan(runMs / 8);
	});
});
