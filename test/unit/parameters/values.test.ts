import fc from 'fast-check';
import { InvalidParameterError } from '../../../nodes/SendGridSegments/errors';
import {
	isNothing,
	locatorValue,
	parseBoolean,
	parseChoice,
	parseId,
	parseIds,
	parseNumber,
	parseText,
} from '../../../nodes/SendGridSegments/parameters/values';
import { ID } from '../parseItem';

const OTHER_ID = ID.replace('1', '2');

const refusal = (message: string, description: unknown = expect.stringMatching(/^The value is /)) =>
	expect.objectContaining({ name: 'InvalidParameterError', message, description, details: {} });

it.each<[unknown, boolean]>([
	[undefined, true],
	[null, true],
	['', true],
	[' \t\n', true],
	[[], true],
	[['x'], false],
	['x', false],
	[0, false],
	[false, false],
	[{}, false],
])('whether %j is nothing: %s', (value, expected) => {
	expect(isNothing(value)).toBe(expected);
});

it.each<[unknown, boolean]>([
	[true, true],
	['true', true],
	[false, false],
	['false', false],
])('parseBoolean: %j is %s', (value, expected) => {
	expect(parseBoolean(value, 'Dry Run')).toBe(expected);
});

it.each<unknown>([undefined, null, '', 'yes', 'TRUE', 0, 1, {}, [], [true]])(
	'parseBoolean refuses %j',
	(value) => {
		expect(() => parseBoolean(value, 'Dry Run')).toThrow(
			refusal("'Dry Run' must be true or false"),
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

it.each<unknown>([0, 201, 1.5, NaN, Infinity, '', ' ', 'ten', '1,5', null, undefined, true, [1]])(
	'parseNumber refuses %j if it must be 1 to 200',
	(value) => {
		expect(() => parseNumber(value, 'Limit', { min: 1, max: 200 })).toThrow(
			refusal("'Limit' must be a whole number from 1 to 200"),
		);
	},
);

it('parseNumber without an upper bound goes as far as can be counted', () => {
	expect(parseNumber(Number.MAX_SAFE_INTEGER, 'Limit', { min: 5 })).toBe(Number.MAX_SAFE_INTEGER);
	for (const value of [4, 2 ** 53]) {
		expect(() => parseNumber(value, 'Limit', { min: 5 })).toThrow(
			refusal("'Limit' must be a whole number of at least 5"),
		);
	}
});

it.each<unknown>(['Skip', 'skip ', '', undefined, ['skip'], 0])(
	'parseChoice refuses %j, and says what to choose from',
	(value) => {
		expect(() => parseChoice(value, 'If Scheduled', ['fail', 'skip', 'delete'])).toThrow(
			refusal('\'If Scheduled\' must be "fail", "skip" or "delete"'),
		);
		expect(parseChoice('skip', 'If Scheduled', ['fail', 'skip'])).toBe('skip');
	},
);

it.each<[unknown, string | undefined]>([
	[' padded ', ' padded '],
	[0, '0'],
	[2025.5, '2025.5'],
	[NaN, undefined],
	[Infinity, undefined],
	[true, undefined],
	[{}, undefined],
	[['x'], undefined],
	[new Date(0), undefined],
])('parseText: %p is %j', (value, expected) => {
	if (expected !== undefined) expect(parseText(value, 'Name')).toBe(expected);
	else expect(() => parseText(value, 'Name')).toThrow(refusal("'Name' must be text"));
});

it.each<[unknown, unknown]>([
	[{ __rl: true, mode: 'id', value: ID }, ID],
	[{ value: undefined }, undefined],
	[ID, ID],
	[null, null],
	[{ id: ID }, { id: ID }],
	[[ID], [ID]],
])('locatorValue of %j', (parameter, value) => {
	expect(locatorValue(parameter)).toEqual(value);
});

describe('parseId', () => {
	it('accepts a UUID, case-insensitive, with what people copy with it', () => {
		const around = fc.string({
			unit: fc.constantFrom(...' \t\n\u00a0\ufeff\u200b"\'`,;'),
			maxLength: 20,
		});
		const upper = fc.array(fc.boolean(), { minLength: 36, maxLength: 36 });
		fc.assert(
			fc.property(fc.uuid(), around, around, upper, (id, before, after, isUpper) => {
				const typed = [...id].map((c, i) => (isUpper[i] ? c.toUpperCase() : c)).join('');
				expect(parseId(before + typed + after, 'Segment')).toBe(id);
			}),
		);
	});

	it('looks for it in 100 characters, and in no longer text', () => {
		expect(parseId(`${'"'.repeat(64)}${ID}`, 'Segment')).toBe(ID);
		expect(() => parseId(`${'"'.repeat(65)}${ID}`, 'Segment')).toThrow('not a valid ID');
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
					expect(parseId(value, 'Segment')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
				} catch (thrown) {
					expect(thrown).toBeInstanceOf(InvalidParameterError);
					expect((thrown as Error).message).toMatch(/^'Segment' is (empty|not a valid ID)$/);
				}
			}),
		);
	});

	it.each([
		['abc', '"abc"'],
		[42, '42'],
		[false, 'false'],
		[[ID], 'a list'],
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

describe('parseIds', () => {
	it.each<[unknown, string[]]>([
		[ID, [ID]],
		[`${ID},${OTHER_ID}`, [ID, OTHER_ID]],
		[` ${ID.toUpperCase()} ,\n\n ${OTHER_ID},`, [ID, OTHER_ID]],
		[`"${ID}"\r\n"${OTHER_ID}"`, [ID, OTHER_ID]],
		[
			[ID, ` ${OTHER_ID}`, ID],
			[ID, OTHER_ID],
		],
		[` ["${ID}", "${OTHER_ID}"]`, [ID, OTHER_ID]],
	])('lists the IDs in %j, each once', (value, ids) => {
		expect(parseIds(value, 'Segment IDs')).toEqual(ids);
	});

	it.each<unknown>([undefined, null, ' , \n ', [], ['', ' '], [ID, null], [ID, ''], '[]'])(
		'is empty, in whole or in part: %j',
		(value) => {
			expect(() => parseIds(value, 'Segment IDs')).toThrow("'Segment IDs' is empty");
		},
	);

	const NO_IDS = [`${ID};${OTHER_ID}`, `${ID} ${OTHER_ID}`, `${ID},x`, `["${ID}"`, `[["${ID}"]]`];

	it.each<unknown>([...NO_IDS, [ID, 42], [[ID, ['x']]], '[{}]', 0, true, {}, { 0: ID, length: 1 }])(
		'refuses all for one that is none: %j',
		(value) => {
			expect(() => parseIds(value, 'Segment IDs')).toThrow(
				refusal("'Segment IDs' is not a valid ID"),
			);
		},
	);
});
