import type { IDataObject } from 'n8n-workflow';
import { expectFailure, jsonOf, run, runOn, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const sentZones = () =>
	simulator.requests('POST').map(({ body }) => (body as IDataObject).user_time_zone);

/** How the field is stored: today, and as a resource locator in workflows of earlier versions. */
const forms: Array<[form: string, timeZone: (value: string) => unknown]> = [
	['a drop-down', (value) => value],
	['a locator', (value) => ({ __rl: true, mode: 'list', value })],
];

it.each(forms)('sends the name that is meant, as %s', async (_form, timeZone) => {
	const [{ id }] = simulator.addSegments(1);
	const { success } = await run(
		{ operation: 'refresh', segmentId: id, timeZone: timeZone('={{ $json.zone }}') as string },
		{ items: [{ zone: 'us/eastern' }] },
	);
	expect(sentZones()).toEqual(['America/New_York']);
	expect(jsonOf(success)).toMatchObject([
		{ status: 'accepted', user_time_zone: 'America/New_York' },
	]);
});

it('refuses everything else before a request is sent, and suggests what is near', async () => {
	const refused: Array<[typed: unknown, message: string, description: string]> = [
		['Berlin', '\'Time Zone\' "Berlin" is not a known time zone', 'Use Europe/Berlin.'],
		[42, "'Time Zone' must be text", 'Choose a time zone from the list'],
	];
	const [{ id }] = simulator.addSegments(1);
	const { success } = await run(
		{ operation: 'refresh', segmentId: id, timeZone: '={{ $json.zone }}' },
		{
			items: refused.map(([zone]) => ({ zone }) as IDataObject),
			onError: 'continueRegularOutput',
		},
	);

	expect(success).toHaveLength(refused.length);
	for (const [index, [, message, description]] of refused.entries()) {
		expectFailure(success[index], {
			message: expect.stringContaining(message),
			description: expect.stringContaining(description),
		});
	}
	expect(sent()).toEqual([]);
});

describe("the workflow's time zone", () => {
	const defaults: Array<[form: string, parameters: IDataObject]> = [
		['not stored', {}],
		...forms.map(([form, timeZone]): [string, IDataObject] => [
			form,
			{ timeZone: timeZone('DEFAULT') as string },
		]),
	];

	it.each(defaults)('is sent where the field is %s', async (_form, parameters) => {
		const [{ id }] = simulator.addSegments(1);
		await runOn('refresh', [id], parameters, { timezone: 'Asia/Tokyo' });
		expect(sentZones()).toEqual(['Asia/Tokyo']);
	});

	it("is n8n's own where the workflow has none", async () => {
		const [{ id }] = simulator.addSegments(1);
		await runOn('refresh', [id]);
		expect(sentZones()).toEqual(['America/New_York']);
	});

	it('is refused like any other, and the workflow settings are named', async () => {
		const [{ id }] = simulator.addSegments(1);
		const { success } = await runOn(
			'refresh',
			[id],
			{},
			{ timezone: 'EST', onError: 'continueRegularOutput' },
		);
		expectFailure(success[0], {
			message: '\'Time Zone\' "EST" is an abbreviation, not a time zone name',
			description: expect.stringContaining('comes from the workflow settings'),
		});
		expect(sent()).toEqual([]);
	});
});
