import type { Simulator } from '../../simulator';

export const SEGMENTS = '/v3/marketing/segments/2.0';

export interface ClientAnswer {
	status: number;
	headers: Headers;
	text: string;
	/** The parsed body; undefined if there is none. */
	json: any;
}

/** Sends one request to the simulator with the key that may do everything, or with `key`. */
export async function send(
	sim: Simulator,
	method: string,
	path: string,
	body?: unknown,
	{ key = sim.keys.full, headers = {} }: { key?: string; headers?: Record<string, string> } = {},
): Promise<ClientAnswer> {
	const response = await fetch(sim.url + path, {
		method,
		redirect: 'manual',
		headers: { authorization: `Bearer ${key}`, ...headers },
		body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
	});
	const text = await response.text();
	let json: unknown;
	try {
		json = text === '' ? undefined : JSON.parse(text);
	} catch {
		json = undefined;
	}
	return { status: response.status, headers: response.headers, text, json };
}

export function refresh(sim: Simulator, id: string, zone = 'UTC'): Promise<ClientAnswer> {
	return send(sim, 'POST', `${SEGMENTS}/refresh/${id}`, { user_time_zone: zone });
}
