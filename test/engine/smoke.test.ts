import { byId, run, runOn, simulator, useSimulator, sent } from './helpers';
useSimulator();
test('smoke', async () => {
	const { id } = simulator.addSegment({ name: 'VIP', contacts_count: 3 });
	simulator.exportSettings = { pendingReads: 0 } as any;
	const r = await runOn('getAll', [id, id], { resource: 'contact', returnAll: true }, { onError: 'continueRegularOutput' });
	console.log(JSON.stringify(r.success, null, 0));
	const e = await runOn('export', [id], { resource: 'contact' }, { onError: 'continueRegularOutput' });
	console.log(JSON.stringify(e.success), e.success[0].binary && Buffer.from(e.success[0].binary.data.data, 'base64').toString());
	const c = await run({ resource: 'contact', operation: 'check', segmentId: byId(id), email: '={{ $json.e }}' }, { items: [{ e: 'Contact-1@example.com' }, { e: 'nobody@example.com' }, {e: 'bad address@@'}, {e: ''}], onError: 'continueRegularOutput' });
	console.log(JSON.stringify(c.success, null, 1));
	console.log(sent());
}, 60000);
