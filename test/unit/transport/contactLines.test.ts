import fc from 'fast-check';
import {
	ContactCounter,
	parseContacts,
	UnreadableLineError,
} from '../../../nodes/SendGridSegments/transport/contactLines';
import { settle } from '../fakes';
import { collect, contactIds, contactLine, contactLines } from './fakeFiles';

type Part = string | number[];

async function* chunksOf(...parts: Part[]) {
	for (const part of parts) yield Buffer.from(part as string);
}

async function ids(parts: Part[], skip?: number) {
	const batches = await collect(parseContacts(chunksOf(...parts), skip));
	return batches.flat().map((contact) => contact.contact_id);
}

const unreadable = async (...parts: Part[]) => {
	const thrown: unknown = await ids(parts).catch((error: unknown) => error);
	expect(thrown).toBeInstanceOf(UnreadableLineError);
	const { line, message, retry } = thrown as UnreadableLineError;
	return { line, message, retry };
};

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
		expect(await ids([contactLines(1, 3), `\n${contactLines(4, 6)}`], 4)).toEqual(['c5', 'c6']);
	});

	it('are none in an empty file', async () => {
		expect(await ids([])).toEqual([]);
		expect(await ids(['\uFEFF\r\n'])).toEqual([]);
	});

	it.each<[string, Part[], object]>([
		[
			'a web page',
			['<html>\n</html>'],
			{ line: 1, message: expect.stringContaining('web page'), retry: 'never' },
		],
		[
			"a host's own words in JSON",
			[contactLines(1, 2), '{"errors":[]}\n'],
			{ line: 3, retry: 'never' },
		],
		['a list', [`[${contactLine(1)}]\n`], { line: 1 }],
		['half a line in the middle', [contactLines(1, 1), '{"contact_id":\n'], { line: 2 }],
		[
			'half a line at the end',
			[`${contactLines(1, 2)}\n{"contact_id":"c3`],
			{ line: 4, message: 'The file ends in the middle of this line', retry: 'again' },
		],
		[
			'bytes that are not UTF-8',
			[`${contactLines(1, 1)}{"contact_id":"é"}\n{"contact_id":"`, [0xff], '"}\n'],
			{ line: 3, message: 'It is not valid UTF-8', retry: 'never' },
		],
		[
			'bytes that are not UTF-8, behind a blank line',
			[[0x0a, ...Buffer.from(contactLines(1, 1)), 0xff, 0x0a]],
			{ line: 3, message: 'It is not valid UTF-8', retry: 'never' },
		],
		[
			'half a character at the end',
			[contactLines(1, 1), [0x7b, 0xc3]],
			{ line: 2, retry: 'again' },
		],
		[
			'a line that does not end',
			[contactLines(1, 2), ...Array<string>(40).fill('x'.repeat(50_000))],
			{ line: 3, message: 'It is longer than 1 MB', retry: 'never' },
		],
		[
			'a line that is too long in one piece',
			[`${contactLines(1, 2)}${'x'.repeat(2_000_000)}\n`],
			{ line: 3, message: 'It is longer than 1 MB' },
		],
	])('say where they cannot be read: %s', async (_name, parts, expected) => {
		expect(await unreadable(...parts)).toMatchObject(expected);
	});

	it('fail if there are fewer than were delivered before', async () => {
		await expect(ids([contactLines(1, 2)], 3)).rejects.toMatchObject({ retry: 'again' });
	});

	it('stop before the line that cannot be read, not after it', async () => {
		const seen: string[] = [];
		const reading = (async () => {
			for await (const batch of parseContacts(
				chunksOf(contactLines(1, 3), 'x\n', contactLine(4)),
			)) {
				seen.push(...batch.map((contact) => contact.contact_id));
			}
		})();
		await expect(reading).rejects.toThrow('not a contact');
		expect(seen).toEqual(contactIds(1, 3));
	});

	it('let others have a turn, however much is there at once', async () => {
		jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
		const chunks = Array<string>(50).fill(contactLines(1, 1_000));
		const reading = ids(chunks);
		await settle();
		let turns = 0;
		// Nothing goes on until a timer has fired, which is a turn of the event loop.
		for (; jest.getTimerCount() > 0; turns++) {
			jest.advanceTimersToNextTimer();
			await settle();
		}
		expect(await reading).toHaveLength(50_000);
		expect(turns).toBeGreaterThanOrEqual(4);
	});
});

describe('how many contacts a file has', () => {
	const count = (format: 'csv' | 'json', ...parts: Part[]) => {
		const counter = new ContactCounter(format);
		for (const part of parts) counter.add(Buffer.from(part as string));
		return counter.finish();
	};

	it.each<[number, string]>([
		[0, ''],
		[0, '"EMAIL","CONTACT_ID"\n'],
		[0, '\uFEFF"EMAIL"'],
		[1, '"EMAIL"\n"a@example.com"'],
		[2, '"EMAIL"\r\n"a@example.com"\r\n"b@example.com"\r\n'],
		[1, '"EMAIL","NOTE"\n"a@example.com","two\nlines\n\nand ""quotes"""\n'],
		[2, 'EMAIL,NOTE\na@example.com,\n\nb@example.com,x\n'],
	])('CSV: %d in %j', (expected, text) => {
		expect(count('csv', text)).toBe(expected);
		expect(count('csv', ...Array.from(Buffer.from(text), (byte) => [byte]))).toBe(expected);
	});

	it.each<[number, string]>([
		[0, ''],
		[0, '\n'],
		[2, '{"a":"x"}\n{}'],
		[2, '\uFEFF{}\r\n\r\n {} \r\n'],
	])('JSON: %d in %j', (expected, text) => {
		expect(count('json', text)).toBe(expected);
		expect(count('json', ...Array.from(Buffer.from(text), (byte) => [byte]))).toBe(expected);
	});

	it.each<['csv' | 'json', string, object]>([
		['csv', '"EMAIL"\n"a@example.com"\n"b@exam', { line: 3, retry: 'again' }],
		['csv', '<?xml version="1.0"?>\n<Error/>', { line: 1, retry: 'never' }],
		['csv', '{"errors":[]}', { line: 1, retry: 'never' }],
		['json', '<html>\n', { line: 1, retry: 'never' }],
		['json', '{}\n{"contact_id":"c', { line: 2, retry: 'again' }],
		['json', '{}\n\n{"contact_id"\n{}', { line: 3, retry: 'never' }],
	])('is not told of what is no such file: %s %j', (format, text, expected) => {
		let thrown: unknown;
		try {
			count(format, text);
		} catch (error) {
			thrown = error;
		}
		expect(thrown).toBeInstanceOf(UnreadableLineError);
		expect(thrown).toMatchObject(expected);
	});
});
