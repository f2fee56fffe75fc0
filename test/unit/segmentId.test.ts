import fc from 'fast-check';
import { SegmentFailure } from '../../nodes/SendGridSegments/failures';
import { checkedId, checkedIds, locatorValue } from '../../nodes/SendGridSegments/segmentId';

const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const failureOf = (work: () => unknown) => {
	try {
		work();
	} catch (thrown) {
		expect(thrown).toBeInstanceOf(SegmentFailure);
		return thrown as SegmentFailure;
	}
	throw new Error('Nothing was refused');
};

it('takes a UUID in any letter case, blanks around it aside', () => {
	fc.assert(
		fc.property(
			fc.uuid(),
			fc.array(fc.constantFrom(' ', '\t', '\n', '\r', '\u00a0', '\ufeff', '\u2028')),
			fc.array(fc.boolean(), { minLength: 36, maxLength: 36 }),
			(id, blanks, upper) => {
				const typed = [...id].map((character, i) =>
					upper[i] ? character.toUpperCase() : character,
				);
				const around = blanks.join('');
				expect(checkedId(around + typed.join('') + around, 'Segment')).toBe(id);
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
				expect(checkedId(value, 'Segment')).toMatch(UUID);
			} catch (thrown) {
				expect(thrown).toBeInstanceOf(SegmentFailure);
				expect((thrown as SegmentFailure).message).toBe('"Segment" is not a valid ID');
			}
		}),
	);
});

it.each([
	[undefined, 'It is empty.'],
	[null, 'It is empty.'],
	['', 'It is empty.'],
	[' \t', 'It is blank.'],
	['abc', 'It is "abc".'],
	[42, 'It is "42".'],
	[false, 'It is "false".'],
	[[ID], `It is "["${ID}"]".`],
	[{ id: 1 }, 'It is "{"id":1}".'],
	['x'.repeat(10_000), `It is "${'x'.repeat(60)}…".`],
])('shows what it refuses: %j', (value, shown) => {
	const { description, details, outcome } = failureOf(() => checkedId(value, 'Segment'));
	expect(description).toBe(
		`${shown} An ID looks like ${ID}. Pick it from the list, or copy it from SendGrid.`,
	);
	expect({ details, outcome }).toEqual({ details: {}, outcome: 'refused' });
});

const other = ID.replace('1', '2');

it.each<[unknown, string[]]>([
	[undefined, []],
	[null, []],
	['', []],
	[' , \n ', []],
	[[], []],
	[['', ' '], []],
	[ID, [ID]],
	[`${ID},${other}`, [ID, other]],
	[` ${ID.toUpperCase()} ,\n\n ${other},`, [ID, other]],
	[`${ID}\r\n${other}`, [ID, other]],
	[
		[ID, ` ${other}`],
		[ID, other],
	],
])('lists the IDs in %j', (value, ids) => {
	expect(checkedIds(value, 'Segment IDs')).toEqual(ids);
});

it.each<unknown>([
	'x',
	`${ID};${other}`,
	`${ID} ${other}`,
	`${ID},x`,
	[ID, null],
	[ID, 42],
	[[ID]],
	0,
	42,
	true,
	false,
	{},
	{ 0: ID, length: 1 },
	{ toString: null },
])('refuses all IDs for one that is none: %j', (value) => {
	expect(failureOf(() => checkedIds(value, 'Segment IDs')).message).toBe(
		'"Segment IDs" is not a valid ID',
	);
});

it.each<[unknown, unknown]>([
	[{ __rl: true, mode: 'id', value: ID }, ID],
	[{ value: undefined }, undefined],
	[ID, ID],
	[null, null],
	[undefined, undefined],
	[{ id: ID }, { id: ID }],
	[[ID], [ID]],
])('looks into a locator: %j', (parameter, value) => {
	expect(locatorValue(parameter)).toEqual(value);
});
