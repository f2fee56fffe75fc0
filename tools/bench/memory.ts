import { readFile, writeFile } from 'node:fs/promises';

/** Whether this system reports the peak memory of another process. */
export const canMeasureMemory = process.platform === 'linux';

/** Resident memory of a process in bytes: at the start of the work, and its peak during the work. */
export async function memoryDuring(
	pid: number,
	work: () => Promise<unknown>,
): Promise<{ before: number; peak: number }> {
	// Resets the peak that the kernel records.
	await writeFile(`/proc/${pid}/clear_refs`, '5');
	const before = await peakOf(pid);
	await work();
	return { before, peak: await peakOf(pid) };
}

async function peakOf(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8');
	const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status)!;
	return Number(kilobytes) * 1024;
}
