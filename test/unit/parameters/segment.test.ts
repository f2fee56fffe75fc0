import type { INodePropertyModeValidation } from 'n8n-workflow';
import { parseSegmentId } from '../../../nodes/SendGridSegments/operations/segmentId';
import {
	parseSegment,
	segmentField,
	segmentUrl,
} from '../../../nodes/SendGridSegments/parameters/segment';
import { fakeContext, rawResponse } from '../fakes';
import { ID, readerOf } from '../parseItem';

const OTHER_ID = ID.replace('1', '2');

const locator = (value: unknown, mode = 'list') => ({ __rl: true, mode, value });

const parse = (segmentId: unknown) => parseSegment(readerOf({ segmentId } as never));

it.each<unknown>([
	ID,
	ID.toUpperCase(),
	` "${ID}", `,
	locator(ID),
	locator(ID, 'id'),
	locator(segmentUrl(ID), 'url'),
	segmentUrl(ID),
	` ${segmentUrl(ID.toUpperCase())}/ `,
	`https://mc.sendgrid.com/segments/v2/${ID}/edit`,
	`https://mc.sendgrid.com/segments/?id=${ID}&tab=contacts`,
	`http://example.com/lists/${OTHER_ID}/segments/${ID}`,
])('the segment of %j', (value) => {
	expect(parse(value)).toEqual({ id: ID });
});

it.each<[unknown, string, RegExp]>([
	['My customers', "'Segment' is not a valid ID", /"My customers", which looks like a name\./],
	[locator('abc-123', 'id'), "'Segment' is not a valid ID", /"abc-123"\. Paste the segment's URL/],
	[42, "'Segment' is not a valid ID", /^The value is 42\. Paste/],
	[{ id: ID }, "'Segment' is not a valid ID", /^The value is an object\. Paste/],
	[
		'https://mc.sendgrid.com/segments',
		"'Segment' is not the URL of a segment",
		/"https:\/\/mc.+segments"\. Paste/,
	],
	[`https://mc.sendgrid.com/lists/${ID}`, "'Segment' is not the URL of a segment", /Paste/],
	[`https://mc.sendgrid.com/segments/x${ID}`, "'Segment' is not the URL of a segment", /Paste/],
	[`https://mc.sendgrid.com/segments/${ID}0`, "'Segment' is not the URL of a segment", /Paste/],
	[
		`https://mc.sendgrid.com/segments/${ID}?copyOf=${OTHER_ID}`,
		"'Segment' is not the URL of a segment",
		/Paste/,
	],
	[`${segmentUrl(ID)}?x=${'y'.repeat(2048)}`, "'Segment' is not the URL of a segment", /Paste/],
	[`mc.sendgrid.com/segments/${ID}`, "'Segment' is not a valid ID", /looks like a name/],
	[`javascript:/segments/${ID}`, "'Segment' is not a valid ID", /looks like a name/],
	[locator('x'.repeat(101), 'name'), "'Segment' is longer than 100 characters", /up to 100/],
	[locator(true, 'name'), "'Segment' must be text", /^The value is true/],
])('no segment: %j', (value, message, description) => {
	expect(() => parse(value)).toThrow(
		expect.objectContaining({
			name: 'InvalidParameterError',
			message,
			description: expect.stringMatching(description),
		}),
	);
});

describe('what the editor refuses', () => {
	const validationOf = (mode: string) => {
		const { validation } = segmentField.modes!.find(({ name }) => name === mode)!;
		const { properties } = validation![0] as INodePropertyModeValidation;
		return properties as { regex: string; errorMessage: string };
	};

	it.each([
		['id', ID, true],
		['id', ` "${ID.toUpperCase()}", `, true],
		['id', 'My customers', false],
		['id', `${ID}0`, false],
		['url', segmentUrl(ID), true],
		['url', ` ${segmentUrl(ID)}/edit?x=1 `, true],
		['url', `https://mc.sendgrid.com/segments/v2/${ID}`, true],
		['url', `https://mc.sendgrid.com/segments?x=1/segments/?id=${ID}&tab=contacts`, true],
		['url', `https://mc.sendgrid.com/segments/x${ID}`, false],
		['url', `https://mc.sendgrid.com/lists/${ID}`, false],
		['url', ID, false],
	])(
		'%s %j: accepted %s, says what is wrong, and what is accepted works in a run',
		(mode, value, isAccepted) => {
			const { regex, errorMessage } = validationOf(mode);
			expect(new RegExp(regex).test(value)).toBe(isAccepted);
			if (isAccepted) expect(parse(locator(value, mode))).toEqual({ id: ID });
			expect(errorMessage).toMatch(/^Not (a segment ID|the URL of a segment)\. /);
		},
	);
});

describe('By Name', () => {
	const ids = (index: number) => ID.replace(/.$/, String(index));

	/** The ID of the name in a list of segments with these names, and how often it was read. */
	async function find(name: string, names: string[], inRun = {}) {
		const { context, requests } = fakeContext(
			() =>
				rawResponse(200, { results: names.map((each, index) => ({ id: ids(index), name: each })) }),
			inRun,
		);
		const parameters = { segmentId: locator(name, 'name') } as never;
		const reader = readerOf(parameters);
		const parsed = parseSegmentId({ parameters: reader, options: reader, context });
		return { result: await parsed.catch((thrown: Error) => thrown), requests };
	}

	it.each([
		['Berlin', ['berlin', 'Berlin']],
		[' Berlin', ['Berlin', ' Berlin']],
		['Zu\u0308rich', ['x', 'Z\u00fcrich']],
		['Z\u00fcrich', ['x', 'Zu\u0308rich']],
		['x'.repeat(100), ['x', 'x'.repeat(100)]],
	])('%j is found in %j', async (name, names) => {
		expect((await find(name, names)).result).toBe(ids(1));
	});

	it.each<[string, string[], string]>([
		['Berlin', [], 'The name must match exactly. Choose the segment with From List.'],
		[
			'BERLIN ',
			['berlin', 'Ber lin', 'Berlin', 'Berlin 2', 'BeRLiN'],
			'Did you mean "berlin" or "Ber lin" or "Berlin"? Uppercase, lowercase and spaces must match.',
		],
		[
			'istanbul',
			['\u0130stanbul'],
			'Did you mean "\u0130stanbul"? Uppercase, lowercase and spaces must match.',
		],
	])('%j is not in %j', async (name, names, description) => {
		expect((await find(name, names)).result).toMatchObject({
			message: expect.stringMatching(/^No segment is named "/),
			description,
		});
	});

	it('is refused if several segments have the name, and never means a similar one then', async () => {
		const twice = await find('Berlin', ['Berlin', 'Berlin']);
		expect(twice.result).toMatchObject({ message: '2 segments are named "Berlin"' });
		const composed = await find('Zu\u0308rich', ['Z\u00fcrich', 'Zu\u0308rich']);
		expect(composed.result).toBe(ids(1));
	});

	it('means the same segment in a later try, when another one could answer to it', async () => {
		const names = {};
		const first = await find('Zu\u0308rich', ['Z\u00fcrich', 'Zu\u0308rich'], { names });
		const second = await find('Zu\u0308rich', ['Z\u00fcrich'], { names });
		expect([first.result, second.result]).toEqual([ids(1), ids(1)]);
		expect(second.requests).not.toHaveBeenCalled();
	});
});
