/** Shows one step of a longer work, and that it goes on. */
export type Progress = <T>(title: string, work: () => Promise<T>) => Promise<T>;

const seconds = (since: number): string => {
	const total = Math.round((Date.now() - since) / 1000);
	return total < 60 ? `${total} s` : `${Math.floor(total / 60)} min ${total % 60} s`;
};

/**
 * Prints the step's title at once and how long it took at its end. In between, a terminal sees the
 * seconds pass; a log file gets a line every half minute.
 */
export const printProgress: Progress = async (title, work) => {
	const { stdout } = process;
	const start = Date.now();
	const show = (state: string) =>
		stdout.write(stdout.isTTY ? `\r\x1b[K${title} ${state}` : `${title} ${state}\n`);
	show('…');
	const timer = setInterval(() => show(`… ${seconds(start)}`), stdout.isTTY ? 1000 : 30_000);
	try {
		const result = await work();
		show(`done (${seconds(start)})${stdout.isTTY ? '\n' : ''}`);
		return result;
	} catch (error) {
		show(`stopped (${seconds(start)})${stdout.isTTY ? '\n' : ''}`);
		throw error;
	} finally {
		clearInterval(timer);
	}
};
