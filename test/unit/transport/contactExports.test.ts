import type { IHttpRequestOptions } from 'n8n-workflow';
import {
	getFreshLinks,
	startExport,
	waitForExport,
} from '../../../nodes/SendGridSegments/transport/contactExports';
import { FORBIDDEN_WORDS } from '../../forbiddenWords';
import { coded, FakeSendGrid, says, useFakeClock, type FakeResponse } from '../fakeSendGrid';
import { fakeContext, rawResponse } from '../fakes';

useFakeClock();

const SEGMENT = '6fd0bc0e-8a2e-4a6f-a8b9-1a2b3c4d5e6f';
const details = { segment_id: SEGMENT };
const url = 'https://files.example.com/1';

type Context = FakeSendGrid['context'];

/** What the work comes to, a failure too, and when its requests were sent. */
async function run(responses: FakeResponse[], work: (context: Context) => Promise<unknown>) {
	const sendGrid = new FakeSendGrid(responses);
	const outcome = work(sendGrid.context).catch((thrown: unknown) => thrown);
	const { result, endedAt } = await sendGrid.finish(outcome);
	if (result instanceof Error) {
		const { message, description } = result as Error & { description: string };
		expect(`${message} ${description}`).not.toMatch(FORBIDDEN_WORDS);
	}
	return { result, sentAt: sendGrid.sentAt, endedAt };
}

describe('starting an export', () => {
	it('asks for one segment and for no email', async () => {
		const { context, requests } = fakeContext(() => rawResponse(202, { id: 'job' }));
		expect(await startExport(context, SEGMENT, 'csv', 50)).toBe('job');
		expect(requests.mock.calls[0]![1]).toMatchObject({
			method: 'POST',
			url: '/v3/marketing/contacts/exports',
			body: {
				segment_ids: [SEGMENT],
				file_type: 'csv',
				max_file_size: 50,
				notifications: { email: false },
			},
		});
		await startExport(context, SEGMENT, 'json');
		expect((requests.mock.calls[1]![1] as IHttpRequestOptions).body).toEqual({
			segment_ids: [SEGMENT],
			file_type: 'json',
			notifications: { email: false },
		});
	});

	const start = async (responses: FakeResponse[], id = SEGMENT) =>
		await run(responses, async (context) => await startExport(context, id, 'json'));

	it('sends nothing without an ID: that would export every contact', async () => {
		const { result, sentAt } = await start([{ status: 202, body: { id: 'job' } }], '');
		expect(result).toMatchObject({ message: "'Segment' is empty" });
		expect(sentAt).toEqual([]);
	});

	it('is repeated when the response was lost, as it changes nothing', async () => {
		const { result, sentAt } = await start([{ status: 503 }, { body: { id: 'job' } }]);
		expect(result).toBe('job');
		expect(sentAt).toHaveLength(2);
	});

	it.each<[number, unknown, string]>([
		[404, says('x'), `Segment ${SEGMENT} does not exist`],
		[400, says('bad file type'), 'bad file type'],
		[202, {}, "SendGrid's response could not be read"],
		[202, { id: '' }, "SendGrid's response could not be read"],
	])('%d %j', async (status, body, message) => {
		const { result } = await start([{ status, body }]);
		const description = expect.not.stringContaining('taken effect');
		expect(result).toMatchObject({ message, description, details });
	});
});

describe('waiting for an export', () => {
	const pending = { body: { id: 'job', status: 'pending' } };

	const wait = async (responses: FakeResponse[], timeoutMs = 900_000) =>
		await run(
			responses,
			async (context) => await waitForExport(context, SEGMENT, 'job', { timeoutMs, pollMs: 5_000 }),
		);

	it('reads the job until it is ready', async () => {
		const ready = { body: { status: 'ready', urls: [url], contact_count: 3 } };
		const preparing = { status: 202, body: { status: 'preparing' } };
		const { result, sentAt } = await wait([pending, preparing, ready]);
		expect(result).toMatchObject({ id: 'job', urls: [url], contactCount: 3 });
		expect(sentAt).toEqual([0, 5, 10]);
	});

	it.each([{}, { urls: null }, { urls: [] }])('ready with %j: an empty segment', async (urls) => {
		const { result } = await wait([{ body: { status: 'ready', ...urls } }]);
		expect(result).toMatchObject({ id: 'job', urls: [] });
	});

	it('tolerates what is no response of the job', async () => {
		const { result, sentAt } = await wait([
			{ status: 503 },
			coded('ECONNRESET'),
			{ body: { status: 'ready', urls: 'x' } },
			{ body: '<html>' },
			{ status: 429, body: { errors: [] } },
			{ body: { status: 'ready', urls: [url] } },
		]);
		expect(result).toMatchObject({ urls: [url] });
		expect(sentAt).toHaveLength(6);
	});

	it("gives SendGrid's message of a failed export", async () => {
		const failure = { body: { status: 'failure', message: 'Too large.' } };
		expect((await wait([pending, failure])).result).toMatchObject({
			message: "SendGrid could not export the segment's contacts",
			description: 'SendGrid said: "Too large". Run the node again later.',
			details: { ...details, job_id: 'job', export_status: 'failure' },
		});
	});

	it.each<[number, string]>([
		[400, 'no'],
		[401, 'SendGrid rejected the API key'],
		[403, 'SendGrid refused the request (403)'],
		[404, 'The export job does not exist'],
	])('ends at %d', async (status, message) => {
		const { result, sentAt } = await wait([pending, { status, body: says('no') }, pending]);
		expect(result).toMatchObject({
			message,
			details: { ...details, job_id: 'job', http_status: status },
		});
		expect(sentAt).toHaveLength(2);
	});

	it('ends in time, though SendGrid does not respond', async () => {
		const { result, endedAt } = await wait([pending, 'hang'], 12_000);
		expect(result).toMatchObject({ message: 'The export job did not finish in time' });
		expect(endedAt).toBeLessThan(20);
	});

	it('ends in time, whatever the words are', async () => {
		const { result, sentAt } = await wait([{ body: { status: 'completed' } }], 12_000);
		expect(result).toMatchObject({
			message: 'The export job did not finish in time',
			description:
				'After 12 seconds, its status was "completed". Increase \'Timeout (Seconds)\', or run the node again later.',
			details: { ...details, job_id: 'job', export_status: 'completed' },
		});
		expect(sentAt).toEqual([0, 5, 10, 12]);
	});
});

it.each<[object, unknown]>([
	[{ status: 'ready', urls: [url, url] }, [url, url]],
	...[{ status: 'pending' }, { status: 'ready', urls: [url] }].map((body): [object, unknown] => [
		body,
		{ message: 'The export job changed while it was being downloaded', details },
	]),
])('the links are read again, as many as before: %j', async (body, expected) => {
	const urls = ['https://a.example.com', 'https://b.example.com'];
	const { result } = await run(
		[{ body }],
		async (context) => await getFreshLinks(context, { id: 'job', urls, details }),
	);
	expect(result).toMatchObject(expected as object);
});
