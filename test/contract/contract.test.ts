import { type Simulator, startSimulator } from '../../simulator';
import { observe } from './expectation';
import { expectations } from './expectations';
import { Session } from './session';

let simulator: Simulator;
let session: Session;

beforeAll(async () => {
	simulator = await startSimulator({ updateTooSoon: { status: 429 } });
	simulator.addList({ name: 'Newsletter' });
	simulator.addList({ name: 'Customers' });
	simulator.addSingleSend({ send_at: '2099-01-01T00:00:00Z' });
	session = new Session({
		baseUrl: simulator.url,
		apiKey: simulator.keys.full,
		timing: {
			beforeRequest: async () => {},
			pause: async (seconds) => simulator.clock.advance(seconds * 1000),
		},
		refresh: true,
		contacts: true,
	});
});

afterAll(async () => await simulator.stop());

test.each(expectations)('$id: $title', async (expectation) => {
	const { seen } = await observe(expectation, session);
	expect(seen).toBe(expectation.assumed);
});

test('every expectation has an ID and a title of its own', () => {
	expect(new Set(expectations.map(({ id }) => id)).size).toBe(expectations.length);
	expect(new Set(expectations.map(({ title }) => title)).size).toBe(expectations.length);
});
