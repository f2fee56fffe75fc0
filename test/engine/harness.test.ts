import { logged } from './harness';
import { runOn, simulator, useSimulator } from './helpers';

useSimulator();

it('sees what n8n would store and log, where other tests look for the API key', async () => {
	const { id } = simulator.addSegment();
	const { fullRunJson } = await runOn('delete', [id]);
	expect(fullRunJson).toContain(id);
	expect(logged.join('\n')).toContain('SendGrid Segments');
});
