import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { byId, expectFailure, jsonOf, run, runOn, sent, simulator, useSimulator } from '../helpers';

useSimulator();

const accepted: Array<[typed: string, sent: string]> = [
	// As typed, where that is IANA's own spelling, an older name's included.
	['Etc/GMT+5', 'Etc/GMT+5'],
	['Etc/GMT-14', 'Etc/GMT-14'],
	['US/Eastern', 'US/Eastern'],
	['Asia/Calcutta', 'Asia/Calcutta'],
	['Asia/Kolkata', 'Asia/Kolkata'],
	['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
	['America/Port-au-Prince', 'America/Port-au-Prince'],
	['UTC', 'UTC'],
	['GMT', 'GMT'],
	[' Europe/Berlin\n', 'Europe/Berlin'],
	// As Intl resolves it, otherwise.
	['utc', 'UTC'],
	['america/new_york', 'America/New_York'],
	['EUROPE/BERLIN', 'Europe/Berlin'],
	['us/eastern', 'America/New_York'],
];

const advice = {
	chooses: 'Pick a time zone from the list, "Workflow Time Zone" for example',
	berlin: 'Use Europe/Berlin, or pick a time zone from the list.',
};

const refused: Array<[typed: unknown, advice: string]> = [
	['+05:30', 'Use Asia/Kolkata'],
	['UTC+1', 'Use Europe/'],
	['EST', 'Use America/New_York or America/Panama'],
	['IST', 'Use Asia/Kolkata, Europe/Dublin or Asia/Jerusalem'],
	['PST8PDT', 'Use America/Los_Angeles'],
	['local', advice.chooses],
	['Berlin', advice.berlin],
	['Europe/Berlim', advice.berlin],
	['New York', 'Use America/New_York'],
	['default', advice.chooses],
	['', advice.chooses],
	['  ', advice.chooses],
	[null, advice.chooses],
	[42, advice.chooses],
	[true, advice.chooses],
	[['Europe/Berlin'], advice.chooses],
	[{ zone: 'Europe/Berlin' }, advice.chooses],
	['x'.repeat(10_000), advice.chooses],
	['../../etc/passwd', ''],
	['Europe/Berlin\nX-Header: 1', ''],
	['Europe／Berlin', ''],
];

const forms: Array<[form: string, timeZone: INodeParameters | string]> = [
	['By Name', byId('={{ $json.zone }}')],
	['From List', { __rl: true, mode: 'list', value: '={{ $json.zone }}' }],
	['a plain text', '={{ $json.zone }}'],
];

describe.each(forms)('%s', (_form, timeZone) => {
	it('sends names of places, UTC and GMT', async () => {
		const segments = simulator.addSegments(accepted.length).map(({ id }) => id);
		// Room for more than the account's 10 refreshes of a day.
		simulator.accountRefreshesUsed = -accepted.length;
		const { success } = await run(
			{ operation: 'refresh', segmentId: '={{ $json.id }}', timeZone },
			{ items: accepted.map(([zone], index) => ({ id: segments[index], zone })) },
		);

		const zones = accepted.map(([, zone]) => zone);
		expect(success).toHaveLength(zones.length);
		expect(jsonOf(success).map(({ user_time_zone }) => user_time_zone)).toEqual(zones);
	});

	it('refuses everything else before a request leaves, and suggests what is near', async () => {
		const [{ id }] = simulator.addSegments(1);
		const { success } = await run(
			{ operation: 'refresh', segmentId: id, timeZone },
			{
				items: refused.map(([zone]) => ({ zone }) as IDataObject),
				onError: 'continueRegularOutput',
			},
		);

		expect(success).toHaveLength(refused.length);
		for (const [index, [, expected]] of refused.entries()) {
			expectFailure(success[index], {
				message: expect.stringMatching(/time zone/),
				description: expect.stringContaining(expected),
			});
			expect(JSON.stringify(success[index].json).length).toBeLessThan(500);
		}
		expect(sent()).toEqual([]);
	});
});

describe('the time zone of the workflow', () => {
	const defaults: Array<[form: string, parameters: IDataObject]> = [
		['left as it is', {}],
		['DEFAULT in the list', { timeZone: { __rl: true, mode: 'list', value: 'DEFAULT' } }],
		['DEFAULT by name', { timeZone: byId('DEFAULT') }],
		['DEFAULT as text', { timeZone: 'DEFAULT' }],
	];

	it.each(defaults)('is sent where the field is %s', async (_form, parameters) => {
		const [{ id }] = simulator.addSegments(1);
		await runOn('refresh', [id], parameters, { timezone: 'Asia/Tokyo' });
		expect(simulator.log.map(({ body }) => body)).toEqual([{ user_time_zone: 'Asia/Tokyo' }]);
	});

	it("is n8n's own where the workflow has none", async () => {
		const [{ id }] = simulator.addSegments(1);
		await runOn('refresh', [id]);
		expect(simulator.log[0].body).toEqual({ user_time_zone: 'America/New_York' });
	});

	it('is refused like any other, and the settings of the workflow are named', async () => {
		const [{ id }] = simulator.addSegments(1);
		const { success } = await runOn(
			'refresh',
			[id],
			{},
			{
				timezone: 'EST',
				onError: 'continueRegularOutput',
			},
		);
		expectFailure(success[0], {
			message: 'The time zone "EST" is an abbreviation, not an Area/Location name',
			description: expect.stringContaining('in the settings of the workflow'),
		});
		expect(sent()).toEqual([]);
	});
});
