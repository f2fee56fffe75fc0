import { checkedBoolean, checkedNumber, optionsOf } from '../../nodes/SendGridSegments/options';

it.each<[unknown, boolean]>([
	[true, true],
	['true', true],
	[false, false],
	['false', false],
	[undefined, false],
	[null, false],
])('%j is %s', (value, expected) => {
	expect(checkedBoolean(value, 'Dry Run')).toBe(expected);
});

it.each<unknown>(['', 'yes', 'TRUE', 0, 1, {}, [], [true], 'x'.repeat(1000)])(
	'%j is neither true nor false',
	(value) => {
		expect(() => checkedBoolean(value, 'Dry Run')).toThrow(
			expect.objectContaining({
				message: '"Dry Run" must be true or false',
				description: expect.stringMatching(/^It is .{1,61}\. Switch it on or off/),
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
	expect(checkedNumber(value, 'Limit', { min: 1, max: 200 })).toBe(expected);
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
	expect(() => checkedNumber(value, 'Limit', { min: 1, max: 200 })).toThrow(
		expect.objectContaining({
			message: '"Limit" must be a whole number from 1 to 200',
			description: expect.stringMatching(/^It is .+\. Correct the value or the expression\.$/),
		}),
	);
});

it('a number without an upper bound is still one that can be counted to', () => {
	const bounds = { min: 5 };
	expect(checkedNumber(Number.MAX_SAFE_INTEGER, 'Limit', bounds)).toBe(Number.MAX_SAFE_INTEGER);
	for (const value of [4, 2 ** 53, Infinity]) {
		expect(() => checkedNumber(value, 'Limit', bounds)).toThrow(
			'"Limit" must be a whole number of at least 5',
		);
	}
});

it.each<[unknown, object]>([
	[{ dryRun: true }, { dryRun: true }],
	[{}, {}],
	[null, {}],
	['', {}],
	['text', {}],
	[['a'], {}],
])('the options in %j are %j', (given, options) => {
	expect(optionsOf(() => given)).toEqual(options);
});
