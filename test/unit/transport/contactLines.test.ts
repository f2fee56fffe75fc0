import fc from 'fast-check';
import {
	countContacts,
	parseContacts,
} from '../../../nodes/SendGridSegments/transport/contactLines';
import type { DownloadError } from '../../../nodes/SendGridSegments/transport/download';
import { settle } from '../fakes';
import { collect, collectText, contactIds, contactLine, contactLines } from './fakeFiles';

type Part = string | number[];

async function* chunksOf(...parts: Part[]) {
	for (const part of parts) yield Buffer.from(part as string);
}

async function ids(parts: Part[], skip?: number) {
	const batches = await collect(parseContacts(chunksOf(...parts), skip));
	return batches.flat().map((contact) => contact.contact_id);
}

const failure = async (work: Promise<unknown>) => {
	const thrown = (await work.catch((error: unknown) => error)) as DownloadError;
	return { line: thrown.details.line, message: thrown.message, retry: thrown.retry };
};

const everyByte = (text: string) => Array.from(Buffer.from(text), (byte) => [byte]);

describe('the contacts of a JSON file', () => {
	afterEach(() => jest.useRealTimers());

	it('are read wherever its bytes are cut', async () => {
		const texts = fc.array(fc.record({ contact_id: fc.string({ unit: 'binary' }) }), {
			maxLength: 5,
		});
		const lineBreak = fc.constantFrom('\n', '\r\n', '\n\n', '\n \r\n');
		await fc.assert(
			fc.asyncProperty(
				texts,
				lineBreak,
				fc.boolean(),
				fc.boolean(),
				fc.array(fc.nat(400)),
				async (contacts, between, hasMark, endsWithBreak, cuts) => {
					const text =
						(hasMark ? '\uFEFF' : '') +
						contacts.map((contact) => JSON.stringify(contact)).join(between) +
						(endsWithBreak ? between : '');
					const bytes = Buffer.from(text);
					const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
					const pieces = at.slice(1).map((end, i) => [...bytes.subarray(at[i], end)]);
					const read = (await collect(parseContacts(chunksOf(...pieces)))).flat();
					expect(read).toEqual(JSON.parse(JSON.stringify(contacts)));
				},
			),
		);
	});

	it('leave out those that were delivered before', async () => {
		const parts = [contactLines(1, 3), `\n${contactLines(4, 6)}`];
		expect(await ids(parts, 4)).toEqual(['c5', 'c6']);
		expect(await failure(ids(parts, 7))).toMatchObject({ line: 8, retry: 'again' });
	});

	it.each<[string, Part[], number, string, string]>([
		['a list', [`[${contactLine(1)}]\n`], 1, 'It is not a contact in JSON', 'never'],
		['a line behind others', [contactLines(1, 2), 'x\n'], 3, 'not a contact', 'never'],
		['half a line in the middle', [contactLines(1, 1), '{"a":\n'], 2, 'not a contact', 'never'],
		['half a line', [`${contactLines(1, 2)}\n{"a":"c3`], 4, 'in the middle of this', 'again'],
		['no UTF-8', ['{"contact_id":"é"}\n\n{"a":"', [0xff], '"}\n'], 3, 'not valid UTF-8', 'never'],
		['half a character', [contactLines(1, 1), [0x7b, 0xc3]], 2, 'not valid UTF-8', 'again'],
		['no line end', ['\n', ...Array<string>(40).fill('x'.repeat(50_000))], 2, '1 MB', 'never'],
	])('say where they cannot be read: %s', async (_name, parts, line, message, retry) => {
		expect(await failure(ids(parts))).toEqual({
			line,
			message: expect.stringContaining(message),
			retry,
		});
	});

	it('stop before the line that cannot be read, not after it', async () => {
		const seen: string[] = [];
		const reading = (async () => {
			const batches = parseContacts(chunksOf(contactLines(1, 3), 'x\n', contactLine(4)));
			for await (const batch of batches) seen.push(...batch.map(({ contact_id }) => contact_id));
		})();
		await expect(reading).rejects.toThrow('not a contact');
		expect(seen).toEqual(contactIds(1, 3));
	});

	it('let others have a turn, however much is there at once', async () => {
		jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
		const reading = ids(Array<string>(50).fill(contactLines(1, 1_000)));
		await settle();
		let turns = 0;
		// Nothing goes on until a timer has fired, which is a turn of the event loop.
		for (; jest.getTimerCount() > 0; turns++) {
			jest.advanceTimersToNextTimer();
			await settle();
		}
		expect(await reading).toHaveLength(50_000);
		// One for every half megabyte.
		expect(turns).toBeGreaterThanOrEqual(4);
		expect(turns).toBeLessThanOrEqual(6);
	});
});

describe('how many contacts a file has', () => {
	const count = async (format: 'csv' | 'json', ...parts: Part[]) => {
		let contacts: number | undefined;
		const bytes = countContacts(chunksOf(...parts), format, (number) => (contacts = number));
		return { text: await collectText(bytes), contacts };
	};

	it.each<['csv' | 'json', number, string]>([
		['csv', 0, ''],
		['csv', 0, '"EMAIL","CONTACT_ID"\n'],
		['csv', 0, '\uFEFF"EMAIL"'],
		['csv', 1, '"EMAIL"\n"a@example.com"'],
		['csv', 2, '"EMAIL"\r\n"a@example.com"\r\n"b@example.com"\r\n'],
		['csv', 1, '"EMAIL","NOTE"\n"a@example.com","two\nlines\n\nand ""quotes"""\n'],
		['csv', 2, 'EMAIL,NOTE\na@example.com,\n\nb@example.com,x\n'],
		['json', 0, '\n'],
		['json', 2, `${contactLine(1)}\n${contactLine(2)}`],
		['json', 2, `\uFEFF${contactLine(1)}\r\n\r\n ${contactLine(2)} \r\n`],
	])('%s: %d in %j', async (format, contacts, text) => {
		expect(await count(format, text)).toEqual({ text, contacts });
		expect(await count(format, ...everyByte(text))).toEqual({ text, contacts });
	});

	it.each<['csv' | 'json', string, object]>([
		['csv', '"EMAIL"\n"a@example.com"\n"b@exam', { line: 3, retry: 'again' }],
		['csv', '<?xml version="1.0"?>\n<Error/>', { line: 1, retry: 'never' }],
		['csv', '{"errors":[]}', { line: 1, retry: 'never' }],
		['json', '<html>\n', { line: 1, retry: 'never' }],
		['json', `${contactLine(1)}\n{"contact_id":"c`, { line: 2, retry: 'again' }],
		['json', `${contactLine(1)}\n\n{"contact_id": c}\n`, { line: 3, retry: 'never' }],
		['json', '{"email":"a@example.com"}\n', { line: 1, retry: 'never' }],
	])('is not told of what is no such file: %s %j', async (format, text, expected) => {
		expect(await failure(count(format, text))).toMatchObject(expected);
	});
});
