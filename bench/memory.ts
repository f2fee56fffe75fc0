import { readFile, writeFile } from 'node:fs/promises';

/** Whether this system tells how much memory another process had at most. */
export const canMeasureMemory = process.platform === 'linux';

/**
 * The most resident memory that a process has while the work goes on, in bytes, and what it has
 * when the work begins.
 */
export async function memoryDuring(
	pid: number,
	work: () => Promise<unknown>,
): Promise<{ before: number; highest: number }> {
	// Lets the kernel's mark of the highest start anew.
	await writeFile(`/proc/${pid}/clear_refs`, '5');
	const before = await highestOf(pid);
	await work();
	return { before, highest: await highestOf(pid) };
}

async function highestOf(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8');
	const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status)!;
	return Number(kilobytes) * 1024;
}
