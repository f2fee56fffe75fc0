import fc from 'fast-check';
import { InvalidParameterError } from '../../../nodes/SendGridSegments/errors';
import {
	locatorValue,
	parseBoolean,
	parseCollection,
	parseId,
	parseIds,
	parseNumber,
} from '../../../nodes/SendGridSegments/parameters/values';

const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';
const OTHER_ID = ID.replace('1', '2');
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const refusal = (message: string, description: unknown = expect.stringMatching(/^The value is /)) =>
	expect.objectContaining({ name: 'InvalidParameterError', message, description, details: {} });

it.each<[unknown, boolean]>([
	[true, true],
	['true', true],
	[false, false],
	['false', false],
	[undefined, false],
	[null, false],
])('parseBoolean: %j is %s', (value, expected) => {
	expect(parseBoolean(value, 'Dry Run')).toBe(expected);
});

it.each<unknown>(['', 'yes', 'TRUE', 0, 1, {}, [], [true], 'x'.repeat(1000)])(
	'parseBoolean refuses %j',
	(value) => {
		expect(() => parseBoolean(value, 'Dry Run')).toThrow(
			refusal(
				"'Dry Run' must be true or false",
				expect.stringMatching(/^The value is .{1,63}\. Turn it on or off, or correct/),
			),
		);
	},
);

it.each<[unknown, number]>([
	[1, 1],
	[200, 200],
	['7', 7],
	[' 42 ', 42],
	['1e2', 100],
])('parseNumber: %j is %d', (value, expected) => {
	expect(parseNumber(value, 'Limit', { min: 1, max: 200 })).toBe(expected);
});

it.each<unknown>([
	0,
	201,
	1.5,
	NaN,
	Infinity,
	'',
	' ',
	'ten',
	'1,5',
	null,
	undefined,
	true,
	[1],
	{},
])('parseNumber refuses %j where it must be 1 to 200', (value) => {
	expect(() => parseNumber(value, 'Limit', { min: 1, max: 200 })).toThrow(
		refusal("'Limit' must be a whole number from 1 to 200"),
	);
});

it('parseNumber without an upper bound goes as far as can be counted', () => {
	const bounds = { min: 5 };
	expect(parseNumber(Number.MAX_SAFE_INTEGER, 'Limit', bounds)).toBe(Number.MAX_SAFE_INTEGER);
	for (const value of [4, 2 ** 53, Infinity]) {
		expect(() => parseNumber(value, 'Limit', bounds)).toThrow(
			"'Limit' must be a whole number, 5 or greater",
		);
	}
});

it.each<[unknown, object]>([
	[{ dryRun: true }, { dryRun: true }],
	[{}, {}],
	[undefined, {}],
	[null, {}],
	['', {}],
])('parseCollection: %j is %j', (value, options) => {
	expect(parseCollection(value, 'Options')).toEqual(options);
});

// What n8n makes of text or a list is an object with its length.
it.each<unknown>(['text', ' ', ['a'], [], 0, true, { length: 4 }])(
	'parseCollection refuses %j',
	(value) => {
		expect(() => parseCollection(value, 'Options')).toThrow(
			refusal("'Options' must be an object", expect.stringContaining('Set its fields one by one')),
		);
	},
);

it.each<[unknown, unknown]>([
	[{ __rl: true, mode: 'id', value: ID }, ID],
	[{ value: undefined }, undefined],
	[ID, ID],
	[null, null],
	[undefined, undefined],
	[{ id: ID }, { id: ID }],
	[[ID], [ID]],
])('locatorValue of %j', (parameter, value) => {
	expect(locatorValue(parameter)).toEqual(value);
});

describe('parseId', () => {
	it('accepts a UUID, case-insensitive, with blanks, quotes and a comma around it', () => {
		const blanks = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\u00a0', '\ufeff') });
		const quote = fc.constantFrom('', '"', "'", '`');
		fc.assert(
			fc.property(
				fc.uuid(),
				blanks,
				quote,
				fc.constantFrom('', ',', ';'),
				fc.array(fc.boolean(), { minLength: 36, maxLength: 36 }),
				(id, blank, quoted, comma, upper) => {
					const typed = [...id].map((c, i) => (upper[i] ? c.toUpperCase() : c)).join('');
					const text = blank + quoted + typed + quoted + comma + blank;
					expect(parseId(text, 'Segment')).toBe(id);
				},
			),
		);
	});

	it('gives a UUID or refuses, whatever it is given', () => {
		const nearly = fc
			.tuple(fc.nat(36), fc.string({ unit: 'grapheme', minLength: 1 }))
			.map(([at, text]) => ID.slice(0, at) + text + ID.slice(at + 1));
		const values = fc.oneof(
			nearly,
			fc.string({ unit: 'binary' }),
			fc.anything({ withNullPrototype: true }),
		);
		fc.assert(
			fc.property(values, (value) => {
				try {
					expect(parseId(value, 'Segment')).toMatch(UUID);
				} catch (thrown) {
					expect(thrown).toBeInstanceOf(InvalidParameterError);
					expect((thrown as Error).message).toMatch(/^'Segment' is (empty|not a valid ID)$/);
				}
			}),
		);
	});

	it.each([undefined, null, '', ' \t'])('%j is empty', (value) => {
		expect(() => parseId(value, 'Segment')).toThrow(
			refusal("'Segment' is empty", expect.stringMatching(/^Enter a value\. If it is an exp/)),
		);
	});

	it.each([
		['abc', '"abc"'],
		[42, '42'],
		[false, 'false'],
		[[ID], 'a list'],
		[{ id: ID }, 'an object'],
		[{ toString: null }, 'an object'],
		[ID.slice(1), `"${ID.slice(1)}"`],
		[`../${ID}`, `"../${ID}"`],
		['x'.repeat(10_000), `"${'x'.repeat(60)}…"`],
	])('shows what it refuses: %j', (value, shown) => {
		expect(() => parseId(value, 'Segment')).toThrow(
			refusal(
				"'Segment' is not a valid ID",
				`The value is ${shown}. A valid ID looks like ${ID}. Correct the value or the expression.`,
			),
		);
	});
});

it.each<[unknown, string[]]>([
	[undefined, []],
	[null, []],
	['', []],
	[' , \n ', []],
	[[], []],
	[['', ' ', null], []],
	[ID, [ID]],
	[`${ID},${OTHER_ID}`, [ID, OTHER_ID]],
	[` ${ID.toUpperCase()} ,\n\n ${OTHER_ID},`, [ID, OTHER_ID]],
	[`"${ID}"\r\n"${OTHER_ID}"`, [ID, OTHER_ID]],
	[
		[ID, ` ${OTHER_ID}`, ID],
		[ID, OTHER_ID],
	],
])('parseIds lists the IDs in %j', (value, ids) => {
	expect(parseIds(value, 'Segment IDs')).toEqual(ids);
});

it.each<unknown>([
	'x',
	`${ID};${OTHER_ID}`,
	`${ID} ${OTHER_ID}`,
	`${ID},x`,
	[ID, 42],
	[[ID, ['x']]],
	0,
	42,
	true,
	false,
	{},
	{ 0: ID, length: 1 },
	{ toString: null },
])('parseIds refuses all for one that is none: %j', (value) => {
	expect(() => parseIds(value, 'Segment IDs')).toThrow(refusal("'Segment IDs' is not a valid ID"));
});
