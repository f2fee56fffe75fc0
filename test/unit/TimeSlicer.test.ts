import { TimeSlicer } from '../../nodes/SendGridSegments/utils';
import { countTurns } from './fakes';

let now = 0;

beforeEach(() => {
	now = 0;
	jest.spyOn(performance, 'now').mockImplementation(() => now);
});

afterEach(() => jest.restoreAllMocks());

/** In how many turns of the event loop 60 parts of this length are done. */
async function turnsOf(ms: number): Promise<number> {
	const slicer = new TimeSlicer();
	const turns = countTurns();
	const used = new Set<number>();
	for (let part = 0; part < 60; part++) {
		await slicer.pauseIfOver();
		now += ms;
		used.add(turns.current());
	}
	turns.stop();
	return used.size;
}

it('lets n8n do other work between parts that take long', async () => {
	expect(await turnsOf(20)).toBeGreaterThan(30);
});

it('does short parts in a row, and longer ones in fewer', async () => {
	const [short, medium, long] = [await turnsOf(0.01), await turnsOf(3), await turnsOf(20)];
	expect(short).toBeLessThan(medium);
	expect(medium).toBeLessThan(long);
	expect(short).toBe(1);
});

it('lets n8n do other work between many callers that wait for the same, and keeps their order', async () => {
	const slicer = new TimeSlicer();
	const turns = countTurns();
	const used: number[] = [];
	const order: number[] = [];
	await Promise.all(
		Array.from({ length: 60 }, async (_, caller) => {
			await slicer.pauseIfOver();
			now += 20;
			used.push(turns.current());
			order.push(caller);
		}),
	);
	turns.stop();
	expect(new Set(used).size).toBeGreaterThan(10);
	expect(order).toEqual([...order].sort((a, b) => a - b));
});
