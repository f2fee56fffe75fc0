import type { IDataObject } from 'n8n-workflow';
import {
	CONTINUE,
	expectFailure,
	failuresIn,
	jsonOf,
	run,
	runOn,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const sentZones = () =>
	simulator.requests('POST').map(({ body }) => (body as IDataObject).user_time_zone);

it('sends the name that is meant', async () => {
	const [{ id }] = simulator.addSegments(1);
	const { success } = await run(
		{ operation: 'refresh', segmentId: id, timeZone: '={{ $json.zone }}' },
		{ items: [{ zone: 'us/eastern' }] },
	);
	expect(sentZones()).toEqual(['America/New_York']);
	expect(jsonOf(success)).toMatchObject([
		{ status: 'accepted', user_time_zone: 'America/New_York' },
	]);
});

it('refuses everything else before a request is sent', async () => {
	const [{ id }] = simulator.addSegments(1);
	const { success } = await run(
		{ operation: 'refresh', segmentId: id, timeZone: '={{ $json.zone }}' },
		{ items: [{ zone: 'Berlin' }, { zone: 'EST' }, {}], ...CONTINUE },
	);
	expect(failuresIn(success).map(({ message }) => message)).toEqual([
		`'Time Zone Name or ID' "Berlin" is not a known time zone`,
		`'Time Zone Name or ID' "EST" is an abbreviation, not a time zone name`,
		"'Time Zone Name or ID' is empty",
	]);
	expect(sent()).toEqual([]);
});

describe("the workflow's time zone", () => {
	it.each([
		['not stored', {}],
		['the first of the list', { timeZone: 'DEFAULT' }],
	])('is sent if the field is %s', async (_form, parameters) => {
		const [{ id }] = simulator.addSegments(1);
		await runOn('refresh', [id], parameters, { timezone: 'Asia/Tokyo' });
		expect(sentZones()).toEqual(['Asia/Tokyo']);
	});

	it.each([
		['absent', undefined],
		['DEFAULT, as in imported workflows', 'DEFAULT'],
		['empty', ''],
	])("is n8n's own if the workflow setting is %s", async (_setting, timezone) => {
		const [{ id }] = simulator.addSegments(1);
		const { success } = await runOn('refresh', [id], {}, { timezone });
		expect(jsonOf(success)).toMatchObject([{ status: 'accepted' }]);
		expect(sentZones()).toEqual(['America/New_York']);
	});

	it('is refused like any other, and the workflow settings are named', async () => {
		const [{ id }] = simulator.addSegments(1);
		const { success } = await runOn('refresh', [id], {}, { timezone: 'EST', ...CONTINUE });
		expectFailure(success[0], {
			message: '\'Time Zone Name or ID\' "EST" is an abbreviation, not a time zone name',
			description: expect.stringContaining('comes from the workflow settings'),
		});
		expect(sent()).toEqual([]);
	});
});
