import { type Simulator, startSimulator } from '../../../simulator';
import { useClock } from '../../clock';
import { type Figures, fuzz } from '../../fuzz/fuzz';

// Set by `npm run fuzz`; else the short version.
const seed = Number(process.env.FUZZ_SEED ?? 5);
const minutes = Number(process.env.FUZZ_MINUTES ?? 0);
const path = process.env.FUZZ_PATH;

const realNow = Date.now.bind(Date);

let simulators: Simulator[];

useClock();
beforeAll(async () => {
	simulators = await Promise.all([startSimulator(), startSimulator()]);
});
afterAll(async () => {
	await Promise.all(simulators.map(async (simulator) => await simulator.stop()));
});

function report({ longestTurnMs, ...figures }: Figures): void {
	process.stdout.write(`${JSON.stringify(figures)}\nlongest turn: ${longestTurnMs} ms\n`);
}

it(
	'holds whatever the items, the settings and the faults are',
	async () => {
		const endsAt = realNow() + minutes * 60_000;
		let reportedAt = realNow();
		const figures = await fuzz(simulators, {
			seed,
			path,
			isDone: (runs) => (path || minutes === 0 ? runs > 0 : realNow() >= endsAt),
			onBlock: (so_far) => {
				if (minutes === 0 || realNow() - reportedAt < 60_000) return;
				reportedAt = realNow();
				report(so_far);
			},
		});
		if (minutes > 0) report(figures);
		if (path) return;
		// It would prove little if nothing succeeded, or nothing failed.
		const { ends, canceled, stopped } = figures;
		expect(canceled).toBeGreaterThan(0);
		expect(stopped).toBeGreaterThan(0);
		for (const [title, { succeeded, failed }] of Object.entries(ends)) {
			expect([title, succeeded > 0, failed > 0]).toEqual([title, true, true]);
		}
	},
	minutes * 60_000 + 10 * 60_000,
);
