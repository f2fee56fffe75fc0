import { SendGridApiError } from '../../../nodes/SendGridSegments/errors';
import { readContacts, storeFiles } from '../../../nodes/SendGridSegments/transport/exportFiles';
import { FORBIDDEN_WORDS } from '../../forbiddenWords';
import { rawResponse } from '../fakes';
import { brokenFile, collect, contactIds, contactLines, downloadContext, file } from './fakeFiles';

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async () => await new Promise((resolve) => setImmediate(resolve)),
}));

const url = (number: number) => `https://files.example.com/${number}`;
const details = { segment_id: '6fd0bc0e-8a2e-4a6f-a8b9-1a2b3c4d5e6f' };

const contactExport = (files = 1, contactCount?: number) => ({
	id: 'job',
	urls: Array.from({ length: files }, (_, i) => url(i + 1)),
	contactCount,
	details: { ...details, job_id: 'job' },
});

const json = (chunk: string) => () => file([chunk]);
const broken = (chunk: string) => () => brokenFile([chunk]);
const status = (code: number) => () => file(['<Error/>'], code);
const endless = (chunk: string) => () =>
	file(
		(async function* () {
			for (;;) yield chunk;
		})(),
	);

type Files = Parameters<typeof downloadContext>[0];

async function read(
	files: Files,
	{ of = contactExport(), limit = Infinity, api = undefined as (() => unknown) | undefined } = {},
) {
	const { context, downloads, requests } = downloadContext(files, {}, api);
	const ids: string[] = [];
	const reading = (async () => {
		for await (const batch of readContacts(context, of, limit)) {
			ids.push(...batch.map((contact) => contact.contact_id));
		}
	})();
	const thrown: unknown = await reading.catch((error: unknown) => error);
	// Whatever happened, no connection is left open.
	expect(downloads.every(({ abortSignal }) => abortSignal!.aborted)).toBe(true);
	return { ids, thrown, urls: downloads.map((request) => request.url), requests };
}

function expectItemError(thrown: unknown, expected: object) {
	expect(thrown).toBeInstanceOf(SendGridApiError);
	expect(thrown).toMatchObject(expected);
	const { message, description, details: given } = thrown as SendGridApiError;
	expect(message + description).not.toMatch(FORBIDDEN_WORDS);
	expect(message + description).not.toContain('files.example.com');
	expect(given).toMatchObject({ ...details, job_id: 'job' });
}

describe('the contacts of an export', () => {
	it.each([1, 3, 4])('end at the limit (%d), where the download ends, too', async (limit) => {
		const { ids, thrown, urls } = await read(
			[json(contactLines(1, 2)), json(contactLines(3, 9)), json(contactLines(10, 20))],
			{ of: contactExport(3, 20), limit },
		);
		expect([ids, thrown]).toEqual([contactIds(1, limit), undefined]);
		expect(urls).toHaveLength(limit < 2 ? 1 : 2);
	});

	it.each<[string, Files[number], object]>([
		[
			'a broken connection',
			broken(contactLines(2, 2)),
			{
				message: 'File 2 of 2 of the export could not be downloaded',
				description:
					'The connection failed (ECONNRESET). The download was attempted 3 times. Run the node again later.',
			},
		],
		[
			'a line that is cut',
			json(`${contactLines(2, 2)}{"contact_id":"c3"`),
			{
				message: 'Line 2 of file 2 of 2 of the export could not be read',
				description:
					'The file ends in the middle of this line. The download was attempted 3 times. Run the node again later.',
			},
		],
	])('fail at %s', async (_name, response, expected) => {
		const files = [json(contactLines(1, 1)), response];
		const { thrown, urls } = await read(files, { of: contactExport(2) });
		expectItemError(thrown, expected);
		expect(urls).toEqual([url(1), url(2), url(2), url(2)]);
	});

	describe('whose link has expired', () => {
		const fresh = (...urls: string[]) => rawResponse(200, { status: 'ready', urls });

		it('go on with a fresh one, once per file', async () => {
			const { ids, thrown, urls, requests } = await read(
				[
					status(403),
					broken(contactLines(1, 2)),
					json(contactLines(1, 3)),
					status(403),
					json(contactLines(4, 5)),
				],
				{ of: contactExport(2, 5), api: () => fresh(url(3), url(4)) },
			);
			expect([ids, thrown]).toEqual([contactIds(1, 5), undefined]);
			expect(urls).toEqual([url(1), url(3), url(3), url(4), url(4)]);
			expect(requests).toHaveBeenCalledTimes(2);
		});

		it('fail where the fresh one is refused, too', async () => {
			const { thrown, urls, requests } = await read([status(403)], { api: () => fresh(url(2)) });
			expectItemError(thrown, {
				message: "The export's file could not be downloaded",
				description:
					'The storage host returned 403. The download was attempted 2 times. Run the node again later.',
				details: { http_status: 403 },
			});
			expect(urls).toEqual([url(1), url(2)]);
			expect(requests).toHaveBeenCalledTimes(1);
		});

		it('fail where there is none', async () => {
			const { thrown } = await read([status(403)], {
				api: () => rawResponse(404, { errors: [{ message: 'x' }] }),
			});
			expectItemError(thrown, { message: 'The export job does not exist' });
		});
	});

	it('may be a few more than SendGrid counted', async () => {
		const { thrown, ids } = await read([json(contactLines(1, 9))], { of: contactExport(1, 5) });
		expect([ids, thrown]).toEqual([contactIds(1, 9), undefined]);
	});
});

const csv = (from: number, to: number) =>
	`"EMAIL"\n${contactIds(from, to)
		.map((id) => `"${id}@example.com"\n`)
		.join('')}`;

type Store = (stream: AsyncIterable<Uint8Array>, index: number) => Promise<string>;

const inMemory: Store = async (stream) => Buffer.concat(await collect(stream)).toString();

function store(
	files: Files,
	{ of = contactExport(), format = 'csv' as 'csv' | 'json', into = inMemory } = {},
) {
	const { context, downloads } = downloadContext(files);
	const storing = jest.fn(into);
	const work = collect(storeFiles(context, of, format, storing));
	return { work, storing, downloads };
}

describe('the files of an export', () => {
	it('are stored from their start again where a download broke off', async () => {
		const { work, storing } = store([broken('"EMAIL"\n"a@'), json(csv(1, 2))], {
			of: contactExport(1, 2),
		});
		expect(await work).toMatchObject([{ stored: csv(1, 2), contactsCount: 2 }]);
		expect(storing.mock.calls.map(([, index]) => index)).toEqual([0, 0]);
	});

	it.each<[string, Files[number], object, number, Store]>([
		[
			'CSV that is cut',
			json(csv(1, 2).slice(0, -5)),
			{ message: "Line 3 of the export's file could not be read" },
			3,
			inMemory,
		],
		[
			'what is no CSV',
			json('<?xml version="1.0"?><Error/>'),
			{
				description:
					'It is from a web page or XML, not from a list of contacts. Run the node again later.',
			},
			1,
			inMemory,
		],
		[
			'a broken connection, whatever the store makes of it',
			broken(csv(1, 1)),
			{ description: expect.stringContaining('ECONNRESET') },
			3,
			async (stream, index) =>
				await inMemory(stream, index).catch(() => {
					throw new Error('Stream closed');
				}),
		],
		[
			'a store that did not read them to their end',
			json(csv(1, 1)),
			{ description: expect.stringContaining('not stored completely') },
			3,
			async () => await Promise.resolve(''),
		],
	])('fail at %s', async (_name, response, expected, times, into) => {
		const { work, storing } = store([response], { into });
		expectItemError(await work.catch((error: unknown) => error), expected);
		expect(storing).toHaveBeenCalledTimes(times);
	});

	it('fail where they could not be stored, without a second download', async () => {
		const { work, downloads } = store([json(csv(1, 1))], {
			into: async () => await Promise.reject(new Error('The disk is full')),
		});
		await expect(work).rejects.toThrow('The disk is full');
		expect(downloads.map(({ abortSignal }) => abortSignal!.aborted)).toEqual([true]);
	});
});

describe("SendGrid's own count", () => {
	const outcomes: Array<[string, (files: Files, of: ReturnType<typeof contactExport>) => unknown]> =
		[
			['contacts', async (files, of) => (await read(files, { of })).thrown],
			[
				'files',
				async (files, of) => await store(files, { of, format: 'json' }).work.catch((e) => e),
			],
		];

	it.each(outcomes)('%s that are fewer are not complete', async (_name, outcome) => {
		const files = [json(contactLines(1, 2)), json(contactLines(3, 4))];
		expectItemError(await outcome(files, contactExport(2, 5)), {
			message: 'The files of the export job are not complete',
			description:
				'SendGrid exported 5 contacts, but the files contain only 4. Run the node again later.',
		});
	});

	it.each(outcomes)('%s that are many more have no end', async (_name, outcome) => {
		const files = [json(contactLines(1, 500)), endless(contactLines(1, 1_000))];
		expectItemError(await outcome(files, contactExport(2, 500)), {
			message: 'The files of the export job do not end',
			description: expect.stringContaining('the files contain more than'),
		});
	});
});
