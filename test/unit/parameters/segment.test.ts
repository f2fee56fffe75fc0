import type { INodePropertyModeValidation } from 'n8n-workflow';
import { parseParentListId } from '../../../nodes/SendGridSegments/parameters/parentList';
import {
	parseSegmentId,
	segmentField,
	segmentUrl,
} from '../../../nodes/SendGridSegments/parameters/segment';

const ID = '1588e03b-50aa-454a-97d1-e1530345a5ec';
const OTHER_ID = ID.replace('1', '2');

const locator = (value: unknown, mode = 'list') => ({ __rl: true, mode, value });

it.each<unknown>([
	ID,
	ID.toUpperCase(),
	` "${ID}", `,
	locator(ID),
	locator(ID, 'id'),
	locator(segmentUrl(ID), 'url'),
	segmentUrl(ID),
	` ${segmentUrl(ID.toUpperCase())}/ `,
	`https://mc.sendgrid.com/segments/${ID}?x=${OTHER_ID}`,
	`https://mc.sendgrid.com/segments/${ID}#${OTHER_ID}`,
	`https://mc.sendgrid.com/segments/v2/${ID}/edit`,
	`http://example.com/lists/${OTHER_ID}/segments/${ID}`,
])('parseSegmentId reads %j', (value) => {
	expect(parseSegmentId(() => value)).toBe(ID);
});

it.each<[unknown, string, RegExp]>([
	[undefined, "'Segment' is empty", /^Enter a value/],
	[locator(''), "'Segment' is empty", /^Enter a value/],
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
	[`mc.sendgrid.com/segments/${ID}`, "'Segment' is not a valid ID", /looks like a name/],
	[`javascript:/segments/${ID}`, "'Segment' is not a valid ID", /looks like a name/],
])('parseSegmentId refuses %j', (value, message, description) => {
	expect(() => parseSegmentId(() => value)).toThrow(
		expect.objectContaining({
			name: 'InvalidParameterError',
			message,
			description: expect.stringMatching(description),
		}),
	);
});

describe('what the editor refuses', () => {
	const patternOf = (mode: string) => {
		const { validation } = segmentField.modes!.find(({ name }) => name === mode)!;
		const { properties } = validation![0] as INodePropertyModeValidation;
		return new RegExp(String((properties as { regex?: string }).regex));
	};

	it.each([
		['id', ID, true],
		['id', ` "${ID.toUpperCase()}", `, true],
		['id', 'My customers', false],
		['id', `${ID}0`, false],
		['url', segmentUrl(ID), true],
		['url', ` ${segmentUrl(ID)}/edit?x=1 `, true],
		['url', `https://mc.sendgrid.com/lists/${ID}`, false],
		['url', ID, false],
	])('%s %j: accepted %s, as in the run', (mode, value, isAccepted) => {
		expect(patternOf(mode).test(value)).toBe(isAccepted);
		const run = () => parseSegmentId(() => locator(value, mode));
		if (isAccepted) expect(run()).toBe(ID);
	});
});

describe('parseParentListId', () => {
	it.each([undefined, null, '', ' ', locator('')])('%j is none', (value) => {
		expect(parseParentListId(value)).toBeUndefined();
	});

	it.each([ID, locator(ID.toUpperCase())])('reads %j', (value) => {
		expect(parseParentListId(value)).toBe(ID);
	});

	it.each(['x', 42, [ID], locator('x', 'id')])('refuses %j', (value) => {
		expect(() => parseParentListId(value)).toThrow("'Parent List' is not a valid ID");
	});
});
