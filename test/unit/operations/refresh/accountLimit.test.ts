import type { IDataObject, IExecutePaginationFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { refreshOperation } from '../../../../nodes/SendGridSegments/operations/refresh';
import { rawResponse } from '../../fakes';
import { usedUp } from './fakeSendGrid';

const FIRST = '1588e03b-50aa-454a-97d1-e1530345a5ec';
const SECOND = '2588e03b-50aa-454a-97d1-e1530345a5ec';

type Pagination = (
	this: IExecutePaginationFunctions,
	requestData: { options: Partial<IHttpRequestOptions> },
) => Promise<Array<{ json: IDataObject }>>;

/** Refreshes both segments in one run; `send` is in the place of n8n's request helper. */
function refreshBoth(send: (method: string, id: string) => unknown) {
	const pagination = refreshOperation.routing!.operations!.pagination as unknown as Pagination;
	const ids = [FIRST, SECOND];
	const node = { name: 'Segments', parameters: {} };
	const executeData = { node, data: { main: [ids.map(() => ({}))] } };
	return ids.map(async (segmentId, item) => {
		const parameters: IDataObject = { segmentId, timeZone: 'UTC' };
		const functions = {
			continueOnFail: () => true,
			getCredentials: async () => ({ apiKey: 'SG.key', baseUrl: 'https://api.sendgrid.com' }),
			getExecuteData: () => executeData,
			getItemIndex: () => item,
			getNode: () => node,
			getNodeParameter: (name: string, fallback?: unknown) => parameters[name] ?? fallback,
			helpers: {
				httpRequestWithAuthentication: async (_: string, { method, url }: IHttpRequestOptions) =>
					await send(method!, url.includes(FIRST) ? FIRST : SECOND),
			},
		} as unknown as IExecutePaginationFunctions;
		const [{ json }] = await pagination.call(functions, { options: {} });
		return json;
	});
}

it("sends no refresh where another item met the account's limit during the read", async () => {
	const sent: string[] = [];
	let startRead!: () => void;
	let endRead!: () => void;
	const isReading = new Promise<void>((resolve) => (startRead = resolve));
	const isRead = new Promise<void>((resolve) => (endRead = resolve));
	const [first, second] = refreshBoth(async (method, id) => {
		sent.push(`${method} ${id}`);
		if (method === 'POST') return rawResponse(429, { errors: [] }, usedUp(3_600));
		if (id === SECOND) startRead();
		await (id === FIRST ? isReading : isRead);
		return rawResponse(200, { id });
	});
	expect(await first).toMatchObject({ error: { reason: 'account_daily', segment_id: FIRST } });
	endRead();
	expect(await second).toMatchObject({ error: { reason: 'account_daily', segment_id: SECOND } });
	expect(sent.sort()).toEqual(
		[`GET ${FIRST}`, `GET ${FIRST}`, `GET ${SECOND}`, `POST ${FIRST}`].sort(),
	);
});
