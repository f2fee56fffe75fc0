import {
	type SegmentRecord,
	type Simulator,
	type SimulatorOptions,
	startSimulator,
} from '../../simulator';
import { untilDone, useClock } from '../clock';

export const SEGMENTS = '/v3/marketing/segments/2.0';

/** One for all tests of a file, on the test's clock; each of them finds it as it was at the start. */
export let sim: Simulator;

export function useSimulator(options?: SimulatorOptions) {
	useClock();
	beforeAll(async () => {
		sim = await startSimulator(options);
	});
	beforeEach(() => sim.reset());
	afterAll(async () => await sim.stop());
}

/** All the fields that answers have; each answer has only its own. */
export interface AnswerBody extends SegmentRecord {
	results: SegmentRecord[];
	errors: Array<{ field: string | null; message: string }>;
	scopes: string[];
	job_id: string;
}

export interface ClientAnswer {
	status: number;
	headers: Headers;
	text: string;
	/** The parsed body; undefined if there is none or it is no JSON. */
	json: AnswerBody;
}

/** Sends one request to the simulator with the key that may do everything, or with `key`. */
export async function send(
	simulator: Simulator,
	method: string,
	path: string,
	body?: unknown,
	{
		key = simulator.keys.full,
		headers = {},
	}: { key?: string; headers?: Record<string, string> } = {},
): Promise<ClientAnswer> {
	const request = fetch(simulator.url + path, {
		method,
		redirect: 'manual',
		headers: { authorization: `Bearer ${key}`, ...headers },
		body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
	});
	const response = await untilDone(request, `the response to ${method} ${path}`);
	const text = await untilDone(response.text(), 'the rest of the response');
	return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string) {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

export function refresh(simulator: Simulator, id: string, zone = 'UTC'): Promise<ClientAnswer> {
	return send(simulator, 'POST', `${SEGMENTS}/refresh/${id}`, { user_time_zone: zone });
}
