import type { IDataObject, INodePropertyModeValidation, INodeProperties } from 'n8n-workflow';
import { isSameOrigin, parseBaseUrl } from '../../credentials/baseUrl';
import { SendGridSegmentsApi } from '../../credentials/SendGridSegmentsApi.credentials';
import { parseSegmentId } from '../../nodes/SendGridSegments/operations/segmentId';
import {
	limitByCounts,
	refreshesLeftAfter,
} from '../../nodes/SendGridSegments/operations/segment/refresh/refreshLimits';
import { parentListField } from '../../nodes/SendGridSegments/parameters/definition';
import { segmentField } from '../../nodes/SendGridSegments/parameters/segment';
import { resolveTimeZone } from '../../nodes/SendGridSegments/timeZones/resolveTimeZone';
import { readCredential } from '../../nodes/SendGridSegments/transport/credential';
import {
	failedResponse,
	sendHttpRequest,
	type ApiResponse,
} from '../../nodes/SendGridSegments/transport/httpRequest';
import { parseRateLimit } from '../../nodes/SendGridSegments/transport/rateLimit';
import {
	extractApiMessages,
	isFromSendGrid,
	toApiError,
} from '../../nodes/SendGridSegments/transport/responseErrors';
import {
	isCounted,
	listSegments,
	refreshSegmentEndpoint,
	updateSegmentEndpoint,
} from '../../nodes/SendGridSegments/transport/segments';
import { describeValue, nameContains, truncate } from '../../nodes/SendGridSegments/utils';
import { fakeContext, rawResponse } from './fakes';
import { fieldsOf, ID, nodeCases, optionsOf, parseItem, readerOf } from './parseItem';

// One long text, from a webhook for example, must not keep n8n from everything else. So the work for a
// text may be as much as reading it some hundred times over, but must not grow with its square: this
// is counted in CPU time of reading the same text, which is the same on a machine that is busy.

const CHARACTERS = 100_000;

/** Reading the text once is one pass. The square of its length would be 100,000. */
const MAX_PASSES = 1_500;

/** Each character class, and each separator that the code looks for. */
const UNITS = [
	...'aZ09é\u0130 \t\n\r\u00a0\u200b\ufeff\u202e\0"\'`,;:.-_+/\\|?#&=%@()[]{}<>$*^~!',
	'\u0315\u0300',
	'i\u0307',
	'🎉',
	'\ud800',
	'a ',
	' a',
	', ',
	' | ',
	'/segments/',
	'/segments/?',
	'../',
	'%0',
	'xn--',
	'{{',
	'["',
	'[1],',
	`${ID}`,
	`${ID},`,
	`/segments/${ID}`,
	'connect E',
	'2026-',
	'Mon ',
	'html',
	'BAD_RECORD_MAC ',
];

/** As a value, alone and with something at its ends that keeps it from being trimmed or refused at once. */
const FRAMES: Array<(text: string) => string> = [
	(text) => text,
	(text) => `a${text}x`,
	(text) => `https://mc.sendgrid.com/segments/${text}x`,
];

/** Reads a text once. */
function pass(text: string): number {
	let sum = 0;
	for (let i = 0; i < text.length; i++) sum = (sum + text.charCodeAt(i)) | 0;
	return sum;
}

async function cpuTime(work: () => unknown): Promise<number> {
	const before = process.cpuUsage();
	await work();
	const { user, system } = process.cpuUsage(before);
	return user + system;
}

/** Calls the function with each text, and fails for one that takes more than so many passes. */
async function expectBoundedWork(
	fn: (text: string) => unknown,
	frames = FRAMES,
	units = UNITS,
): Promise<void> {
	for (const unit of units) {
		for (const frame of frames) {
			const text = frame(unit.repeat(CHARACTERS / unit.length));
			const work = async () => {
				try {
					await fn(text);
				} catch {
					// Whether it is accepted is looked at elsewhere.
				}
			};
			const passes = async () =>
				await cpuTime(() => {
					for (let i = 0; i < MAX_PASSES; i++) pass(text);
				});
			// The first call of a function takes the time to compile it, and anything can take that of the
			// garbage collector: only what takes long each time does so because of the text.
			let isBounded = false;
			for (let attempt = 0; attempt < 3 && !isBounded; attempt++) {
				const used = await cpuTime(work);
				// Less than a tick of the clock by which some systems count is no time.
				isBounded = used < 20_000 || used < (await passes());
			}
			expect(isBounded || `${JSON.stringify(unit)} repeated takes too long`).toBe(true);
		}
	}
}

it('notices work that grows with the square of the length', async () => {
	const quadratic = (text: string) => /"+x/.test(text.slice(0, CHARACTERS / 3));
	await expect(expectBoundedWork(quadratic, [(text) => text], ['"'])).rejects.toThrow(
		'repeated takes too long',
	);
});

describe('as the value of a field', () => {
	const places = nodeCases.flatMap((node) =>
		fieldsOf(node).flatMap((field): Array<[string, (value: unknown) => Promise<unknown>]> => {
			const title = `${node.operation}: ${field.displayName}`;
			const base: IDataObject = { segmentId: ID, name: 'x', queryDsl: 'x', email: 'a@example.com' };
			const parse = async (parameters: object) =>
				await parseItem(node, { ...base, ...parameters } as IDataObject);
			return [
				[title, async (value) => await parse({ [field.name]: value })],
				...optionsOf(field, node)
					.filter(() => field.type === 'collection')
					.map(({ name, displayName }): [string, (value: unknown) => Promise<unknown>] => [
						`${title} > ${displayName}`,
						async (value) => await parse({ [field.name]: { [name]: value } }),
					]),
				...(field.modes ?? []).map(
					({ name: mode }): [string, (value: unknown) => Promise<unknown>] => [
						`${title}, ${mode}`,
						async (value) => await parse({ [field.name]: { mode, value } }),
					],
				),
			];
		}),
	);

	// Operations share their fields, and so their parsers: each label once.
	const byLabel = new Map(places.map(([title, parse]) => [title.replace(/^\w+: /, ''), parse]));

	it.each([...byLabel])('%s', async (_, parse) => {
		await expectBoundedWork(parse);
	});

	it('as the name of an option', async () => {
		await expectBoundedWork(
			async (name) =>
				await parseItem(nodeCases[0], { name: 'x', queryDsl: 'x', options: { [name]: 1 } }),
		);
	});

	it('as an operation', async () => {
		await expectBoundedWork(
			async (operation) => await parseItem({ ...nodeCases[0], operation }, {}),
		);
	});
});

describe('in the editor, which n8n also checks before a run', () => {
	const patterns = [segmentField, parentListField].flatMap(({ modes = [] }: INodeProperties) =>
		modes.flatMap(({ name, validation = [] }) =>
			validation.map((each) => {
				const { properties } = each as INodePropertyModeValidation;
				return [name, String((properties as { regex?: string }).regex)] as const;
			}),
		),
	);

	it.each(patterns)('%s', async (_, regex) => {
		await expectBoundedWork((text) => new RegExp(regex).test(text));
	});
});

describe('in the credential', () => {
	it('as the Base URL', async () => {
		await expectBoundedWork(parseBaseUrl, [...FRAMES, (text) => `https://${text}`]);
	});

	it('as the address that another node asks to be signed', async () => {
		const { authenticate } = new SendGridSegmentsApi();
		const baseUrl = 'https://api.sendgrid.com';
		await expectBoundedWork((url) => isSameOrigin(url, baseUrl));
		await expectBoundedWork(async (url) => await authenticate({ apiKey: 'x', baseUrl }, { url }));
	});

	it('as the API key', async () => {
		await expectBoundedWork(
			async (apiKey) =>
				await readCredential({
					getCredentials: async () => ({ apiKey, baseUrl: 'https://api.sendgrid.com' }),
				} as never),
		);
	});
});

describe('from SendGrid, or a server in its place', () => {
	const response = (partial: Partial<ApiResponse>): ApiResponse => ({
		...failedResponse('', false),
		status: 400,
		...partial,
	});

	it('in what it says of a refused request', async () => {
		await expectBoundedWork((text) => {
			for (const body of [
				{ error: text },
				{ errors: [{ field: text, message: text }] },
				{ errors: [{ field: 'name', message: text }] },
				text,
			]) {
				extractApiMessages(body);
				for (const status of [400, 403, 404, 429, 503]) {
					toApiError(refreshSegmentEndpoint, response({ status, body }), { id: ID });
					updateSegmentEndpoint.isOwnLimit!(response({ status, body }));
				}
			}
		});
	});

	it('in its headers, or as the name of one', async () => {
		await expectBoundedWork((text) => {
			const headers = {
				date: text,
				'content-type': text,
				'retry-after': text,
				'x-ratelimit-remaining': text,
				'x-ratelimit-reset': text,
				[text]: text,
			};
			parseRateLimit(headers, 0);
			isFromSendGrid(response({ status: 403, headers, body: text }));
			updateSegmentEndpoint.isOwnLimit!(response({ status: 429, headers }));
		});
	});

	it('as why there is no response', async () => {
		await expectBoundedWork(async (text) => {
			const failures = [
				{ message: text },
				{ message: 'x', description: text },
				{ messages: [text, text] },
				{ code: text },
			];
			for (const thrown of failures) {
				const { context } = fakeContext(() => {
					throw thrown;
				});
				await sendHttpRequest(context.functions, { url: '' }, context.credential, 60_000);
			}
		});
	});

	it('as a body that is no JSON, or names the key', async () => {
		const { context } = fakeContext(() => {});
		await expectBoundedWork(async (text) => {
			const fake = fakeContext(() => rawResponse(200, text));
			await sendHttpRequest(fake.context.functions, { url: '' }, context.credential, 60_000);
		});
	});

	it('as the address of the next page', async () => {
		await expectBoundedWork(
			async (next) => {
				let requests = 0;
				const { context } = fakeContext(() =>
					rawResponse(200, { results: [], _metadata: requests++ === 0 ? { next } : {} }),
				);
				const pages = listSegments(context);
				while (!(await pages.next()).done);
			},
			[(text) => `https://a/b?c=${text}`],
			// Node.js itself takes long for each.
			[...'a%&=+ é', '\u0315\u0300', '🎉', '/../'],
		);
	});

	it('as a name in the list', async () => {
		await expectBoundedWork((name) => {
			nameContains({ name }, 'berlin');
			nameContains({ name }, name);
			nameContains({ name: 'berlin' }, name);
		});
		await expectBoundedWork(async (name) => {
			const { context } = fakeContext(() => rawResponse(200, { results: [{ id: ID, name }] }));
			const parameters = { segmentId: { mode: 'name', value: 'Berlin' } };
			const reader = readerOf(parameters);
			await parseSegmentId({ parameters: reader, options: reader, context });
		});
	});

	it('as the times and counts of a segment', async () => {
		await expectBoundedWork((text) => {
			const segment = {
				id: ID,
				name: text,
				refreshes_used: 1,
				max_refreshes: 2,
				last_refreshed_at: text,
				sample_updated_at: text,
			};
			const diagnosis = { segment, timeZone: 'UTC', now: 0 };
			limitByCounts(diagnosis);
			refreshesLeftAfter(diagnosis);
			isCounted(segment);
		});
	});
});

it('as a time zone of the workflow', async () => {
	await expectBoundedWork(resolveTimeZone);
});

it('as what a message quotes', async () => {
	await expectBoundedWork((text) => {
		describeValue(text);
		truncate(text);
	});
});
