import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface SimulatorProcess {
	url: string;
	apiKey: string;
	/** Adds a segment with generated contacts and returns its ID. */
	addSegment: (contacts: number) => Promise<string>;
	/** The number of requests since the last call. */
	takeRequests: () => Promise<number>;
	stop: () => void;
}

/** Starts `simulator.ts`, so that it does not slow down n8n's process. */
export async function startSimulatorProcess(): Promise<SimulatorProcess> {
	const child = fork(join(__dirname, 'simulator.ts'));
	const received = async <T>() => ((await once(child, 'message')) as [T])[0];
	const { url, apiKey } = await received<{ url: string; apiKey: string }>();
	const ask = async <T>(message: number | string) => {
		child.send(message);
		return await received<T>();
	};
	return {
		url,
		apiKey,
		addSegment: async (contacts) => ask(contacts),
		takeRequests: async () => ask('takeRequests'),
		stop: () => child.disconnect(),
	};
}
