import { loadPackage, logged } from './harness';
import { runOn, simulator, useSimulator } from './helpers';

useSimulator();

it('sees what n8n would store and log, where other tests look for the API key', async () => {
	const { id } = simulator.addSegment();
	const { fullRunJson } = await runOn('delete', [id]);
	expect(fullRunJson).toContain(id);
	expect(logged.join('\n')).toContain('SendGrid Segments');
});

it('has the request options of n8n, and the default for them', async () => {
	const { node } = await loadPackage();
	const added = node.description.properties.filter(({ name }) => name === 'requestOptions');
	expect(added.map(({ type }) => type)).toEqual(['collection', 'hidden']);
	expect(added[0].options).not.toEqual([]);
});
