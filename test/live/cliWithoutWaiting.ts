import { runLive } from './main';

/** The command as the tests run it: waiting is left to the simulator's clock. */
const baseUrl = process.env.SENDGRID_BASE_URL!;

runLive(process.argv.slice(2), process.env, () => ({
	beforeRequest: async () => {},
	pause: async (seconds) => {
		await fetch(`${baseUrl}/_simulator/clock`, {
			method: 'POST',
			body: JSON.stringify({ advanceMs: seconds * 1000 }),
		});
	},
}))
	.then((exitCode) => {
		process.exitCode = exitCode;
	})
	.catch((error: unknown) => {
		console.error(error);
		process.exitCode = 1;
	});
