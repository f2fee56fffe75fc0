import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../utils';
import { apiRequest, type RequestContext } from './apiRequest';
import type { Endpoint } from './endpoint';
import { hasList, paginate } from './paginate';

/** @see https://www.twilio.com/docs/sendgrid/api-reference/single-sends/get-single-sends-search */
const searchSingleSendsEndpoint: Endpoint = {
	method: 'POST',
	path: '/v3/marketing/singlesends/search',
	rateLimitFamily: 'singlesends',
	isValidBody: (body) =>
		hasList(body, 'result', (entry) => isObject(entry) && typeof entry.id === 'string'),
	isReadOnly: true,
	retry: 'always',
};

/** A Single Send without readable recipients could go to any segment. */
function hasRecipients({ send_to: recipients }: IDataObject): boolean {
	if (!isObject(recipients)) return false;
	const ids: unknown = recipients.segment_ids ?? [];
	return Array.isArray(ids) && ids.every((id) => typeof id === 'string');
}

/** @see https://www.twilio.com/docs/sendgrid/api-reference/single-sends/get-single-send-by-id */
const getSingleSendEndpoint: Endpoint = {
	method: 'GET',
	path: '/v3/marketing/singlesends/{id}',
	rateLimitFamily: 'singlesends',
	isValidBody: (body) => isObject(body) && typeof body.id === 'string' && hasRecipients(body),
	retry: 'always',
};

/** The Single Sends that are scheduled, page by page; without their recipients. */
export function searchScheduledSingleSends(
	context: RequestContext,
): AsyncGenerator<Array<IDataObject & { id: string }>> {
	return paginate(context, searchSingleSendsEndpoint, 'result', {
		query: new URLSearchParams({ page_size: '50' }),
		body: { status: ['scheduled'] },
	});
}

/** One Single Send with its recipients: `{ id, name, status, send_at, send_to: { segment_ids } }`. */
export async function getSingleSend(context: RequestContext, id: string): Promise<IDataObject> {
	return await apiRequest(context, getSingleSendEndpoint, { id });
}
