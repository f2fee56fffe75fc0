import { runLive } from './main';
import { realTiming } from './timing';

runLive(process.argv.slice(2), process.env, realTiming)
	.then((exitCode) => {
		process.exitCode = exitCode;
	})
	.catch((error: unknown) => {
		console.error(error);
		process.exitCode = 1;
	});
