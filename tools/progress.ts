/** Runs one step of a longer task and shows its progress. */
export type Progress = <T>(title: string, step: () => Promise<T>) => Promise<T>;

const elapsed = (since: number): string => {
	const total = Math.round((Date.now() - since) / 1000);
	return total < 60 ? `${total} s` : `${Math.floor(total / 60)} min ${total % 60} s`;
};

/**
 * Prints the title of the step when it starts and the time it took when it ends. In between, a
 * terminal shows the elapsed seconds; a log file gets a line every 30 seconds.
 */
export const printProgress: Progress = async (title, step) => {
	const { stdout } = process;
	const start = Date.now();
	const show = (state: string) =>
		stdout.write(stdout.isTTY ? `\r\x1b[K${title} ${state}` : `${title} ${state}\n`);
	show('…');
	const timer = setInterval(() => show(`… ${elapsed(start)}`), stdout.isTTY ? 1000 : 30_000);
	try {
		const result = await step();
		show(`done (${elapsed(start)})${stdout.isTTY ? '\n' : ''}`);
		return result;
	} catch (error) {
		show(`failed (${elapsed(start)})${stdout.isTTY ? '\n' : ''}`);
		throw error;
	} finally {
		clearInterval(timer);
	}
};
