import type { IHttpRequestOptions } from 'n8n-workflow';
import {
	getFreshLinks,
	startExport,
	waitForExport,
} from '../../../nodes/SendGridSegments/transport/contactExports';
import { FORBIDDEN_WORDS } from '../../forbiddenWords';
import { fakeContext, rawResponse, settle, useFakeTimers } from '../fakes';

const NOW = Date.parse('2026-08-18T09:24:18Z');
const SEGMENT = '6fd0bc0e-8a2e-4a6f-a8b9-1a2b3c4d5e6f';
const details = { segment_id: SEGMENT };
const url = 'https://files.example.com/1';

beforeEach(() => {
	useFakeTimers(NOW);
	jest.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
	jest.restoreAllMocks();
	jest.useRealTimers();
});

/** Lets time pass until the work has ended. */
async function finish<T>(work: Promise<T>): Promise<T> {
	let isDone = false;
	void work.finally(() => (isDone = true)).catch(() => {});
	await settle();
	for (let timers = 0; !isDone && timers < 500; timers++) {
		jest.advanceTimersToNextTimer();
		await settle();
	}
	expect(isDone).toBe(true);
	return await work;
}

const failure = async (work: Promise<unknown>) => {
	const thrown = (await finish(work.catch((error: unknown) => error))) as {
		message: string;
		description: string;
		details: object;
	};
	expect(thrown).toBeInstanceOf(Error);
	expect(`${thrown.message} ${thrown.description}`).not.toMatch(FORBIDDEN_WORDS);
	return thrown;
};

describe('starting an export', () => {
	it('asks for one segment and for no email', async () => {
		const { context, requests } = fakeContext(() => rawResponse(202, { id: 'job' }));
		expect(await finish(startExport(context, SEGMENT, 'csv', 50))).toBe('job');
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
		await finish(startExport(context, SEGMENT, 'json'));
		expect((requests.mock.calls[1]![1] as IHttpRequestOptions).body).toEqual({
			segment_ids: [SEGMENT],
			file_type: 'json',
			notifications: { email: false },
		});
	});

	it('sends nothing without an ID: that would export every contact', async () => {
		const { context, requests } = fakeContext(() => rawResponse(202, { id: 'job' }));
		expect((await failure(startExport(context, '', 'json'))).message).toBe("'Segment' is empty");
		expect(requests).not.toHaveBeenCalled();
	});

	it('is repeated when the response was lost, as it changes nothing', async () => {
		const replies = [rawResponse(503), rawResponse(200, { id: 'job' })];
		const { context, requests } = fakeContext(() => replies.shift());
		expect(await finish(startExport(context, SEGMENT, 'json'))).toBe('job');
		expect(requests).toHaveBeenCalledTimes(2);
	});

	it.each<[number, unknown, string]>([
		[404, { errors: [{ field: null, message: 'x' }] }, `Segment ${SEGMENT} does not exist`],
		[400, { errors: [{ field: null, message: 'bad file type' }] }, 'bad file type'],
		[202, {}, "SendGrid's response could not be read"],
		[202, { id: '' }, "SendGrid's response could not be read"],
	])('%d %j', async (status, body, message) => {
		const { context } = fakeContext(() => rawResponse(status, body));
		const thrown = await failure(startExport(context, SEGMENT, 'json'));
		expect(thrown).toMatchObject({ message, details });
		expect(thrown.description).not.toMatch(/taken effect/);
	});
});

describe('waiting for an export', () => {
	type Reply = [number, unknown] | Error;

	const pending: Reply = [200, { id: 'job', status: 'pending' }];

	function wait(replies: Reply[], options: { timeoutMs?: number; pollMs?: number } = {}) {
		const sentAt: number[] = [];
		const { context } = fakeContext(() => {
			const reply = replies[Math.min(sentAt.length, replies.length - 1)]!;
			sentAt.push(performance.now());
			if (reply instanceof Error) throw reply;
			return rawResponse(...reply);
		});
		const limits = { timeoutMs: 900_000, pollMs: 5_000, ...options };
		return { work: waitForExport(context, SEGMENT, 'job', limits), sentAt };
	}

	it('reads the job until it is ready', async () => {
		const ready: Reply = [200, { status: 'ready', urls: [url], contact_count: 3 }];
		const { work, sentAt } = wait([pending, [202, { status: 'preparing' }], ready]);
		expect(await finish(work)).toMatchObject({ id: 'job', urls: [url], contactCount: 3 });
		expect(sentAt.map((at) => at - sentAt[0]!)).toEqual([0, 5_000, 10_000]);
	});

	it.each([{}, { urls: null }, { urls: [] }])('ready with %j: an empty segment', async (urls) => {
		expect(await finish(wait([[200, { status: 'ready', ...urls }]]).work)).toMatchObject({
			id: 'job',
			urls: [],
		});
	});

	it('tolerates what is no response of the job', async () => {
		const { work, sentAt } = wait([
			[503, ''],
			new Error('socket hang up'),
			[200, { status: 'ready', urls: 'x' }],
			[200, '<html>'],
			[429, { errors: [] }],
			[200, { status: 'ready', urls: [url] }],
		]);
		expect((await finish(work)).urls).toEqual([url]);
		expect(sentAt).toHaveLength(6);
	});

	it("gives SendGrid's message of a failed export", async () => {
		const thrown = await failure(
			wait([pending, [200, { status: 'failure', message: 'Too large.' }]]).work,
		);
		expect(thrown).toMatchObject({
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
		const { work, sentAt } = wait([pending, [status, { errors: [{ message: 'no' }] }], pending]);
		expect(await failure(work)).toMatchObject({
			message,
			details: { ...details, job_id: 'job', http_status: status },
		});
		expect(sentAt).toHaveLength(2);
	});

	it('ends in time, whatever the words are', async () => {
		const { work, sentAt } = wait([[200, { status: 'completed' }]], { timeoutMs: 12_000 });
		expect(await failure(work)).toMatchObject({
			message: 'The export job did not finish in time',
			description:
				'After 12 seconds, its status was "completed". Increase \'Timeout (Seconds)\', or run the node again later.',
			details: { ...details, job_id: 'job', export_status: 'completed' },
		});
		expect(sentAt.map((at) => at - sentAt[0]!)).toEqual([0, 5_000, 10_000, 12_000]);
	});
});

describe('reading the links again', () => {
	const contactExport = {
		id: 'job',
		urls: ['https://a.example.com', 'https://b.example.com'],
		details,
	};

	it('gives as many as before', async () => {
		const urls = ['https://c.example.com', 'https://d.example.com'];
		const { context } = fakeContext(() => rawResponse(200, { status: 'ready', urls }));
		expect(await finish(getFreshLinks(context, contactExport))).toEqual(urls);
	});

	it.each([{ status: 'pending' }, { status: 'ready', urls: [url] }])('fails: %j', async (body) => {
		const { context } = fakeContext(() => rawResponse(200, body));
		expect(await failure(getFreshLinks(context, contactExport))).toMatchObject({
			message: 'The export job changed while it was being downloaded',
			details,
		});
	});
});
