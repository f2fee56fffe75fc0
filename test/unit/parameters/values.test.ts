import {
	parseBoolean,
	parseCollection,
	parseIds,
	parseNumber,
	toUuid,
} from '../../../nodes/SendGridSegments/parameters/values';

it.each<[unknown, boolean]>([
	[true, true],
	['true', true],
	[false, false],
	['false', false],
	[undefined, false],
	[null, false],
])('%j is %s', (value, expected) => {
	expect(parseBoolean(value, 'Dry Run')).toBe(expected);
});

it.each<unknown>(['', 'yes', 'TRUE', 0, 1, {}, [], [true], 'x'.repeat(1000)])(
	'%j is neither true nor false',
	(value) => {
		expect(() => parseBoolean(value, 'Dry Run')).toThrow(
			expect.objectContaining({
				message: "'Dry Run' must be true or false",
				description: expect.stringMatching(/^The value is .{1,64}\. Turn it on or off/),
			}),
		);
	},
);

it.each<[unknown, number]>([
	[1, 1],
	[200, 200],
	['7', 7],
	[' 42 ', 42],
	['1e2', 100],
])('%j is the number %d', (value, expected) => {
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
])('%j is no whole number from 1 to 200', (value) => {
	expect(() => parseNumber(value, 'Limit', { min: 1, max: 200 })).toThrow(
		expect.objectContaining({
			message: "'Limit' must be a whole number from 1 to 200",
			description: expect.stringMatching(
				/^The value is .+\. Correct the value or the expression\.$/,
			),
		}),
	);
});

it('a number without an upper bound is still one that can be counted to', () => {
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
])('the collection in %j is %j', (given, fields) => {
	expect(parseCollection(given, 'Options')).toEqual(fields);
});

it.each<unknown>(['text', '{}', ['a'], [], 1, true])('%j is no collection', (given) => {
	expect(() => parseCollection(given, 'Options')).toThrow("'Options' must be an object");
});

const ID = '7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f0b';

it.each([ID, ID.toUpperCase(), ` ${ID}\n`, `"${ID}"`, `'${ID}',`, `${ID},`, `\`${ID}\``])(
	'%j is an ID',
	(value) => {
		expect(toUuid(value)).toBe(ID);
	},
);

it.each<unknown>([
	'',
	'..',
	`../${ID}`,
	`${ID}/`,
	`${ID}?ids=1`,
	`${ID}\0`,
	`${ID}\r\nX-Header: 1`,
	`${ID} ${ID}`,
	ID.slice(1),
	`${ID}0`,
	ID.replaceAll('-', ''),
	ID.replace('7', '７'),
	ID.replace('a', 'а'),
	`\u200b${ID}`,
	42,
	null,
	[ID],
	{ id: ID },
])('%j is no ID', (value) => {
	expect(toUuid(value)).toBeUndefined();
});

it('IDs are separated by commas or lines, and each counts once', () => {
	expect(parseIds(`${ID}, ${ID}\n,${ID.toUpperCase()}`, 'Segment IDs')).toEqual([ID]);
	expect(parseIds([], 'Segment IDs')).toEqual([]);
	expect(() => parseIds([ID, '../'], 'Segment IDs')).toThrow("'Segment IDs' is not a valid ID");
});
