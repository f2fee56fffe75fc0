import type { IPollFunctions } from 'n8n-workflow';
import { FORBIDDEN_WORDS } from '../../forbiddenWords';
import { parseSettings } from '../../../nodes/SendGridSegments/trigger/settings';

const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';
const EXPRESSION = '={{ $json.nothing }}';

/**
 * Reads the settings.
 *
 * @param values what the expressions come to
 */
const parse = (raw: Record<string, unknown>, values: Record<string, unknown> = {}) => {
	const parameters = { events: ['refreshed'], segments: [], options: {}, ...raw };
	const resolved: Record<string, unknown> = { ...parameters, ...values };
	return parseSettings({
		getNode: () => ({ parameters }),
		getNodeParameter: (name: string, fallback: unknown) =>
			name in parameters ? resolved[name] : fallback,
	} as unknown as IPollFunctions);
};

const NOTHING = [undefined, null, '', ' ', []];

test('the defaults: all segments, any change', () => {
	const all = { events: ['refreshed'], segmentIds: [], minChange: 1, minChangePercent: 0 };
	expect(parse({})).toEqual(all);
	expect(parse({ segments: undefined })).toEqual(all);
});

test.each<[Record<string, unknown>, Record<string, unknown>, object]>([
	[{ events: 'deleted' }, {}, { events: ['deleted'] }],
	[
		{ events: EXPRESSION },
		{ events: ['deleted', 'created', 'deleted'] },
		{ events: ['created', 'deleted'] },
	],
	[{ segments: [ID.toUpperCase(), ID] }, {}, { segmentIds: [ID] }],
	[{ segments: EXPRESSION }, { segments: ` ${ID}, ` }, { segmentIds: [ID] }],
	[
		{ options: { minChange: 5, minChangePercent: '10' } },
		{},
		{ minChange: 5, minChangePercent: 10 },
	],
])('%j, which comes to %j', (raw, values, settings) => {
	expect(parse(raw, values)).toMatchObject(settings);
});

const CHOOSE = "'Trigger On' is empty";
const NO_SEGMENT = "'Segment Names or IDs' is empty";

type Refused = [string, string, Record<string, unknown>, Record<string, unknown>?];

const refused: Refused[] = [
	...NOTHING.flatMap((nothing): Refused[] => [
		[CHOOSE, 'Choose at least one event', { events: EXPRESSION }, { events: nothing }],
		[NO_SEGMENT, 'expression', { segments: EXPRESSION }, { segments: nothing }],
	]),
	[CHOOSE, 'Choose at least one event', { events: ['refreshed', ''] }],
	[NO_SEGMENT, 'expression', { segments: '' }],
	[NO_SEGMENT, 'expression', { segments: null }],
	[NO_SEGMENT, 'expression', { segments: [EXPRESSION, ID] }, { segments: [null, ID] }],
	...[undefined, null, '', ' '].flatMap((nothing): Refused[] => [
		["'Minimum Change' is empty", 'expression', { options: { minChange: nothing } }],
		[
			"'Minimum Change (Percent)' is empty",
			'expression',
			{ options: { minChangePercent: nothing } },
		],
	]),
	[
		`'Trigger On' contains an unknown value: "refreshed,deleted"`,
		'Valid values are created, updated, refreshed, countChanged, invalid, deleted.',
		{ events: 'refreshed,deleted' },
	],
	["'Trigger On' contains an unknown value: an object", 'Valid values', { events: [{}] }],
	["'Segment Names or IDs' is not a valid ID", 'Berlin', { segments: ['Berlin'] }],
	[
		`'Options' has no field "min_change"`,
		'Valid names are minChange, minChangePercent.',
		{ options: { min_change: 1 } },
	],
	[
		"'Options' must be an object",
		'The value is a list. Add the fields one by one; each can be an expression. Valid names are minChange, minChangePercent.',
		{ options: ['minChange'] },
	],
	["'Minimum Change' must be a whole number of at least 1", '0', { options: { minChange: 0 } }],
	[
		"'Minimum Change (Percent)' must be a whole number of at least 0",
		'-1',
		{ options: { minChangePercent: -1 } },
	],
];

test.each(refused)('%s, and says: %s', (...[message, description, raw, values]) => {
	const says = expect.stringContaining(description);
	for (const words of [says, expect.not.stringMatching(FORBIDDEN_WORDS)]) {
		const failure = { name: 'InvalidParameterError', message, description: words };
		expect(() => parse(raw, values)).toThrow(expect.objectContaining(failure));
	}
});
