import type { IDataObject, INodeParameters, IPollFunctions } from 'n8n-workflow';
import type { Segment } from '../../../nodes/SendGridSegments/transport/segments';
import { API_KEY, rawResponse } from '../fakes';

export const ID = '00000000-0000-4000-8000-00000000000a';
export const OTHER_ID = '00000000-0000-4000-8000-00000000000b';

/** A segment whose latest sample is so many minutes old or new, in the form that SendGrid returns. */
export const segment = (minute = 0, partial: Partial<Segment> = {}): Segment => ({
	id: ID,
	name: 'Berlin',
	contacts_count: 100 + minute,
	sample_updated_at: new Date(Date.UTC(2026, 7, 20, 12, minute)).toISOString(),
	next_sample_update: '2026-08-21T12:00:00Z',
	created_at: '2026-07-15T16:08:46Z',
	updated_at: '2026-07-15T16:20:04Z',
	status: { query_validation: 'VALID' },
	...partial,
});

export type Respond = () => unknown;

export const list = (...segments: Segment[]) => rawResponse(200, { results: segments });

export interface Registration {
	respond: Respond;
	activation?: 'activate' | 'update' | 'init';
	mode?: 'trigger' | 'manual';
	parameters?: INodeParameters;
	staticData?: IDataObject;
	workflowId?: string;
	nodeName?: string;
	apiKey?: string;
	budgetMs?: number;
}

let workflows = 0;

/** Each test has a workflow of its own. */
export const newWorkflowId = () => `workflow ${++workflows}`;

/** The functions that n8n hands to the polls of one registration, and what they have sent and kept. */
export function register({
	respond,
	activation = 'activate',
	mode = 'trigger',
	parameters = { events: ['refreshed'] },
	staticData = {},
	workflowId = newWorkflowId(),
	nodeName = 'Trigger',
	apiKey = API_KEY,
	budgetMs,
}: Registration) {
	const requests = jest.fn(async () => await respond());
	const functions = {
		getMode: () => mode,
		getActivationMode: () => activation,
		getWorkflow: () => ({ id: workflowId }),
		getNode: () => ({ id: 'node', name: nodeName, type: 'trigger', typeVersion: 1, parameters }),
		getNodeParameter: (name: string, fallback: unknown) => parameters[name] ?? fallback,
		getWorkflowStaticData: () => staticData,
		getCredentials: async () => ({ apiKey, baseUrl: 'https://api.sendgrid.com' }),
		helpers: { httpRequestWithAuthentication: requests },
		...(budgetMs !== undefined && { getPollBudgetMs: () => budgetMs }),
	} as unknown as IPollFunctions;
	return { functions, requests, staticData };
}

/** A promise, and the function that ends it. */
export function gate() {
	let open = () => {};
	const opened = new Promise<void>((resolve) => (open = resolve));
	return { open, opened };
}
