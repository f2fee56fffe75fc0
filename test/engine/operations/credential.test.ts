import { type Simulator, startSimulator } from '../../../simulator';
import { type NodeRun, runNode, searchList } from '../harness';
import {
	byId,
	CONTINUE,
	credentials,
	expectFailure,
	jsonOf,
	MISSING,
	run,
	runOn,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const port = () => new URL(simulator.url).port;

/** `PORT` stands for the simulator's: were it not for the check, the request would reach it. */
const withBaseUrl = (baseUrl: string) => ({
	...credentials(),
	baseUrl: baseUrl.replace('PORT', port()),
});

it('a base URL without https:// is refused, and nothing is sent', async () => {
	const reason = 'must start with https:// to keep the API key private';
	const values = withBaseUrl('http://127.0.0.1.example.com:PORT');
	const { success, fullRunJson } = await runOn(
		'delete',
		[MISSING, MISSING],
		{},
		{ credentials: values, ...CONTINUE },
	);

	expect(success).toHaveLength(2);
	for (const item of success) {
		expectFailure(item, {
			message: `The credential's Base URL ${reason}`,
			description: expect.stringContaining(
				'https://api.sendgrid.com, or https://api.eu.sendgrid.com',
			),
		});
	}
	expect(fullRunJson).not.toContain(simulator.keys.full);
	await expect(searchList('searchSegments', { credentials: values })).rejects.toThrow(reason);
	expect(sent()).toEqual([]);
});

it('the path of a base URL goes before that of each request', async () => {
	const settings = { credentials: withBaseUrl(' HTTP://LOCALHOST:PORT/a/b c//\n'), ...CONTINUE };
	await runOn('get', [MISSING], {}, settings);
	expect(sent()).toEqual([
		`GET /a/b%20c/v3/marketing/segments/2.0/${MISSING}?contacts_sample=false`,
	]);
});

describe('an API key per item', () => {
	/** Runs an operation on items `{ id, key }`, each with its own key. */
	const runWithKeys = async (
		operation: string,
		items: Array<{ id?: string; key: string; name?: string }>,
		parameters: object = {},
		settings: Partial<NodeRun> = {},
	) =>
		await run(
			{ operation, segmentId: byId('={{ $json.id }}'), ...parameters },
			{
				items,
				credentials: { apiKey: '={{ $json.key }}', baseUrl: simulator.url },
				...CONTINUE,
				...settings,
			},
		);

	const tenantOf = ({ headers }: { headers: Record<string, unknown> }) => {
		const { full, second } = simulator.keys;
		return { [`Bearer ${full}`]: 'A', [`Bearer ${second}`]: 'B' }[String(headers.authorization)];
	};

	/** Of each request, "tenant METHOD". */
	const sentBy = () => simulator.log.map((request) => `${tenantOf(request)} ${request.method}`);

	const isOf = (tenant: string, method: string) => (request: Simulator['log'][number]) =>
		tenantOf(request) === tenant && request.method === method;

	it.each(['stopWorkflow', 'continueRegularOutput'] as const)(
		'goes out with its own item, %s',
		async (onError) => {
			const { full, second } = simulator.keys;
			const items = simulator
				.addSegments(120)
				.map(({ id }, index) => ({ id, key: index % 3 ? full : second }));
			const { success } = await runWithKeys('get', items, {}, { onError });
			expect(jsonOf(success).map(({ segment_id }) => segment_id)).toEqual(
				items.map(({ id }) => id),
			);
			const keyOf = new Map(items.map(({ id, key }) => [id, `Bearer ${key}`]));
			for (const { path, headers } of simulator.log) {
				expect(headers.authorization).toBe(keyOf.get(/2\.0\/([^?]+)/.exec(path)![1]));
			}
		},
	);

	it('separates the items that share a delete, and the look-ups before it', async () => {
		const { id } = simulator.addSegment();
		const { full, second } = simulator.keys;
		const { success } = await runWithKeys(
			'delete',
			[full, full, second, second].map((key) => ({ id, key })),
			{ options: { ignoreNotFound: true } },
		);
		// Both keys are of one account here: one of them finds that the segment is gone.
		const sentByKey = sentBy().filter((request) => !request.endsWith('DELETE'));
		expect(sentByKey.sort()).toEqual(['A GET', 'A POST', 'B GET', 'B POST']);
		const [a, alsoA, b, alsoB] = jsonOf(success).map(({ deleted }) => deleted);
		expect([a, b]).toEqual([alsoA, alsoB]);
		expect([a, b].sort()).toEqual([false, true]);
	});

	it('separates the imports that items of one segment wait for, one without a key among them', async () => {
		const { id } = simulator.addSegment();
		const { full, second } = simulator.keys;
		const job = simulator.addImport({ status: 'completed' }).id;
		const otherJob = simulator.addImport({ status: 'completed' }).id;
		const items = [
			{ id, key: full, name: job },
			{ id, key: second, name: otherJob },
			{ id, key: '', name: otherJob },
		];
		const { success } = await runWithKeys('refresh', items, {
			timeZone: 'UTC',
			whenLimitReached: 'skip',
			options: { importJobId: '={{ $json.name }}' },
		});
		const [a, b, withoutKey] = jsonOf(success);
		expect([a.status, b.status].sort()).toEqual(['accepted', 'skipped']);
		expect(withoutKey).toHaveProperty('error.message', "The credential's API Key is empty");
		const reads = simulator.requests('GET', '/contacts/imports/');
		expect(reads.map((request) => `${tenantOf(request)} ${request.pathname}`).sort()).toEqual([
			`A /v3/marketing/contacts/imports/${job}`,
			`B /v3/marketing/contacts/imports/${otherJob}`,
		]);
	});

	it('separates the list that Create or Update reads', async () => {
		const { full, second } = simulator.keys;
		const items = [full, second, full, second].map((key, index) => ({ key, name: `New ${index}` }));
		await runWithKeys('upsert', items, { name: '={{ $json.name }}', queryDsl: 'SELECT 1' });
		expect(sentBy().sort()).toEqual(['A GET', 'A POST', 'A POST', 'B GET', 'B POST', 'B POST']);
	});

	it("separates the verdicts: one account's daily limit does not end the other's refreshes", async () => {
		const { full, second } = simulator.keys;
		simulator.fault({ match: isOf('A', 'POST'), status: 429, times: Infinity });
		const items = simulator
			.addSegments(12)
			.map(({ id }, index) => ({ id, key: index < 6 ? full : second }));
		const { success } = await runWithKeys('refresh', items, {
			timeZone: 'UTC',
			whenLimitReached: 'skip',
		});
		expect(jsonOf(success).map(({ status, reason }) => reason ?? status)).toEqual([
			...Array(6).fill('account_daily'),
			...Array(6).fill('accepted'),
		]);
		expect(simulator.log.filter(isOf('B', 'POST'))).toHaveLength(6);
		expect(simulator.log.filter(isOf('A', 'POST')).length).toBeLessThan(6);
	});

	it.each([
		['cannot be evaluated', "={{ $json.key || $('Nowhere').item.json.key }}"],
		['is empty', '={{ $json.key }}'],
	])('one that %s, of the last item, sends nothing under "Stop Workflow"', async (_, apiKey) => {
		const items = simulator.addSegments(30).map(({ id }) => ({ id, key: simulator.keys.full }));
		items[29].key = '';
		for (const operation of ['delete', 'update']) {
			const { error } = await runNode({
				parameters: {
					operation,
					segmentId: operation === 'update' ? items[0].id : '={{ $json.id }}',
					updateFields: { name: '={{ $json.id }}' },
				},
				items,
				credentials: { apiKey, baseUrl: simulator.url },
				onError: 'stopWorkflow',
			});
			expect(error).toHaveProperty('context.itemIndex', 29);
		}
		expect(simulator.log).toEqual([]);
	});

	it('that is rejected fails its own items only', async () => {
		const { id } = simulator.addSegment();
		const { full, revoked } = simulator.keys;
		const { success } = await runWithKeys('refresh', [
			{ id, key: revoked },
			{ id, key: full },
		]);
		expectFailure(success[0], {
			message: 'SendGrid rejected the API key',
			http_status: 401,
			segment_id: id,
			user_time_zone: expect.any(String),
		});
		expect(success[1].json.status).toBe('accepted');
	});
});

it('a base URL per item: each goes to its own host, and a wrong one fails its item alone', async () => {
	const other = await startSimulator();
	try {
		const { id } = simulator.addSegment();
		other.addSegment({ id });
		const { success } = await run(
			{ operation: 'delete', segmentId: id },
			{
				items: [simulator.url, other.url, 'http://example.com', simulator.url].map((url) => ({
					url,
				})),
				credentials: { apiKey: simulator.keys.full, baseUrl: '={{ $json.url }}' },
				...CONTINUE,
			},
		);
		expectFailure(success[2], {
			message: "The credential's Base URL must start with https:// to keep the API key private",
		});
		for (const index of [0, 1, 3]) {
			expect(success[index].json).toMatchObject({ deleted: true, segment_id: id });
		}
		expect(simulator.requests('DELETE')).toHaveLength(1);
		expect(other.requests('DELETE')).toHaveLength(1);
	} finally {
		await other.stop();
	}
});
