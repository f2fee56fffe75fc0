import { advance, until, untilDone } from '../../clock';
import { startNode, type NodeRun } from '../harness';
import {
	byId,
	CONTINUE,
	credentials,
	failuresIn,
	jsonOf,
	MISSING,
	pairsOf,
	readOf,
	run,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

/** An import that has ended. */
const DONE = '00000000-0000-4000-a000-00000000d09e';

const SEARCH = 'POST /v3/marketing/contacts/search/emails';
const EXPORT = 'POST /v3/marketing/contacts/exports';

const ofContact = (operation: string, parameters: object) => ({
	resource: 'contact',
	operation,
	segmentId: byId('={{ $json.id }}'),
	...parameters,
});

/** Runs an operation of the resource Contact on items `{ id, … }`. */
const runContact = async (
	operation: string,
	items: Array<{ id: string; email?: string; limit?: number }>,
	parameters: object = {},
	settings: Partial<NodeRun> = {},
) => await run(ofContact(operation, parameters), { items, ...settings });

/** Starts Get Many on such items. */
const startGetAll = async (
	items: Array<{ id: string; job?: string }>,
	parameters: object,
	settings: Partial<NodeRun> = {},
) =>
	await startNode({
		parameters: ofContact('getAll', parameters),
		items,
		credentials: credentials(),
		...settings,
	});

const count = (request: string) => sent().filter((each) => each === request).length;

describe('check', () => {
	const check = async (items: Array<{ id: string; email: string }>, settings = CONTINUE) =>
		await runContact('check', items, { email: '={{ $json.email }}' }, settings);

	it.each([CONTINUE, { onError: 'stopWorkflow' as const }])(
		'250 addresses in one segment are three searches and one read, each with its own result (%j)',
		async (settings) => {
			const { id } = simulator.addSegment({ name: 'VIP', contacts_count: 200 });
			const items = Array.from({ length: 250 }, (_, n) => ({
				id,
				email: `Contact-${n + 1}@Example.com`,
			}));
			const { success } = await check(items, settings);
			expect(sent().sort()).toEqual([readOf(id), SEARCH, SEARCH, SEARCH]);
			expect(pairsOf(success)).toEqual(items.map((_, item) => ({ item })));
			expect(jsonOf(success)).toEqual(
				items.map(({ email }, n) => ({
					in_segment: n < 200,
					contact_found: n < 200,
					email,
					contact_id: n < 200 ? expect.any(String) : null,
					segment_id: id,
					segment_name: 'VIP',
				})),
			);
		},
	);

	it('an address that SendGrid does not accept fails alone', async () => {
		const { id } = simulator.addSegment({ contacts_count: 5 });
		// The node accepts it, the simulator does not.
		const emails = ['contact-1@example.com', 'contact-2@localhost', 'contact-3@example.com'];
		const { success } = await check(emails.map((email) => ({ id, email })));
		expect(jsonOf(success).map(({ in_segment }) => in_segment)).toEqual([true, undefined, true]);
		expect(failuresIn(success)).toEqual([expect.objectContaining({ http_status: 400 })]);
	});

	it.each([
		'Ann <contact-2@example.com>',
		'a@example.com,b@example.com',
		'contact-2@',
		'contact-2',
	])('what is no address is refused before anything is sent for it: %s', async (email) => {
		const { id } = simulator.addSegment({ contacts_count: 5 });
		const { success } = await check([
			{ id, email },
			{ id, email: 'contact-1@example.com' },
		]);
		expect(failuresIn(success)).toEqual([
			expect.objectContaining({ message: "'Email' is not an email address" }),
		]);
		expect(success[1].json.in_segment).toBe(true);
		expect(simulator.requests('POST').map(({ body }) => body)).toEqual([
			{ emails: ['contact-1@example.com'] },
		]);
	});

	it('a deleted segment that lingers in its contacts is a failure', async () => {
		const { id } = simulator.addSegment({});
		simulator.addContacts(id, [{ email: 'ann@example.com' }]);
		await run({ operation: 'delete', segmentId: byId(id) });
		expect(simulator.contacts.get('ann@example.com')?.segment_ids).toContain(id);
		const { success } = await check([{ id, email: 'ann@example.com' }]);
		expect(failuresIn(success)).toEqual([
			expect.objectContaining({ message: `Segment ${id} does not exist` }),
		]);
	});

	it.each([['text'], [{}], [[null]], [[7]]])(
		'segments of a contact that cannot be read are a failure, not "no": %j',
		async (segmentIds) => {
			const { id } = simulator.addSegment({ contacts_count: 1 });
			const email = 'ann@example.com';
			simulator.fault({
				match: ({ pathname }) => pathname.endsWith('/search/emails'),
				status: 200,
				body: { result: { [email]: { contact: { id: 'x', segment_ids: segmentIds } } } },
			});
			const { success } = await check([{ id, email }]);
			expect(failuresIn(success)).toEqual([
				expect.objectContaining({ message: "SendGrid's response could not be read" }),
			]);
		},
	);
});

describe('get many', () => {
	it('items that name one segment share one export, each up to its own limit', async () => {
		const { id } = simulator.addSegment({ contacts_count: 10 });
		const limits = [2, 5, 3];
		const { success } = await runContact(
			'getAll',
			limits.map((limit) => ({ id, limit })),
			{ limit: '={{ $json.limit }}' },
		);
		expect(count(EXPORT)).toBe(1);
		expect(pairsOf(success)).toEqual(
			limits.flatMap((limit, item) => Array.from({ length: limit }, () => ({ item }))),
		);
		expect(success.slice(2, 7).map(({ json }) => json.email)).toEqual(
			[1, 2, 3, 4, 5].map((n) => `contact-${n}@example.com`),
		);
		expect(new Set(jsonOf(success).map(({ segment_id }) => segment_id))).toEqual(new Set([id]));
		expect(simulator.accountRefreshesUsed).toBe(0);
	});

	it('one segment that does not exist costs no other its contacts', async () => {
		const { id } = simulator.addSegment({ contacts_count: 3 });
		const { success, failures } = await runContact(
			'getAll',
			[{ id: MISSING }, { id }],
			{ returnAll: true },
			{ onError: 'continueErrorOutput' },
		);
		expect(failures.map(({ json }) => json.error)).toEqual([
			expect.objectContaining({ message: `Segment ${MISSING} does not exist`, http_status: 404 }),
		]);
		expect(pairsOf(success)).toEqual([{ item: 1 }, { item: 1 }, { item: 1 }]);
	});

	it('the export starts once the import has ended', async () => {
		const { id } = simulator.addSegment({ contacts_count: 1 });
		const { id: importJobId } = simulator.addImport();
		const { finished } = await startGetAll([{ id }], { options: { importJobId } });
		await advance(60_000);
		expect(count(EXPORT)).toBe(0);
		simulator.updateImports();
		const { success } = await untilDone(finished);
		expect(success).toHaveLength(1);
		expect(count(EXPORT)).toBe(1);
	});

	it.each(['getAll', 'export'])(
		'%s: items that name one segment wait as long as each says',
		async (operation) => {
			simulator.exportSettings = { pendingSeconds: 60 };
			const { id } = simulator.addSegment({ contacts_count: 1 });
			const options = { timeoutSeconds: '={{ $json.limit }}' };
			for (const limits of [
				[5, 600],
				[600, 5],
			]) {
				const items = limits.map((limit) => ({ id, limit }));
				const { success } = await runContact(operation, items, { options }, CONTINUE);
				expect(success.map(({ json }) => 'error' in json)).toEqual(
					limits.map((limit) => limit === 5),
				);
			}
		},
	);

	it('an import is looked up while exports take their time', async () => {
		simulator.exportSettings = { pendingSeconds: 200 };
		const segments = simulator.addSegments(6, () => ({ contacts_count: 1 }));
		const { id: job } = simulator.addImport();
		const items = segments.map(({ id }, n) => ({ id, job: n === 5 ? job : DONE }));
		const options = { importJobId: '={{ $json.job }}' };
		const { finished } = await startGetAll(items, { options }, CONTINUE);
		simulator.addImport({ id: DONE, status: 'completed' });
		await advance(100_000);
		const lookUps = simulator.log.filter(({ path }) => path.includes(job)).length;
		expect(lookUps).toBeGreaterThanOrEqual(15);
		simulator.updateImports();
		expect(failuresIn((await untilDone(finished)).success)).toEqual([]);
	});

	it.each([
		['while the job is pending', { pendingSeconds: Infinity }, {}],
		['in the middle of the download', {}, { dripBytes: 10, dripSeconds: 1 }],
	])('a canceled execution ends within a second: %s', async (_title, settings, fault) => {
		simulator.exportSettings = settings;
		if ('dripBytes' in fault) simulator.downloadFault(fault);
		const { id } = simulator.addSegment({ contacts_count: 1000 });
		const { finished, cancel } = await startGetAll([{ id }], { returnAll: true });
		await until('the export or its download', () =>
			'dripBytes' in fault ? simulator.downloads.length > 0 : count(EXPORT) === 1,
		);
		await advance(10_000);
		const requests = simulator.log.length + simulator.downloads.length;
		const canceledAt = Date.now();
		cancel();
		expect((await untilDone(finished)).status).toBe('canceled');
		expect(Date.now() - canceledAt).toBeLessThan(1000);
		await advance(60_000);
		expect(simulator.log.length + simulator.downloads.length).toBe(requests);
	});
});

describe('export to file', () => {
	it('a file per item, shared, with the name of the segment', async () => {
		const { id } = simulator.addSegment({ name: 'VIP: Ann/Bob', contacts_count: 3 });
		const { success } = await runContact('export', [{ id }, { id }]);
		expect(count(EXPORT)).toBe(1);
		expect(jsonOf(success)).toEqual(
			Array(2).fill({
				segment_id: id,
				segment_name: 'VIP: Ann/Bob',
				contacts_count: 3,
				file_name: 'VIP- Ann-Bob.csv',
				file_size: expect.any(Number),
			}),
		);
		const [text] = success.map(({ binary }) =>
			Buffer.from(binary!.data.data, 'base64').toString('utf8'),
		);
		expect(text.trim().split('\n')).toHaveLength(4);
		expect(Buffer.byteLength(text)).toBe(success[0].json.file_size);
	});

	it.each([
		['csv', 'headerOnly'],
		['csv', 'zeroBytes'],
		['csv', 'noUrls'],
		['json', 'noUrls'],
	] as const)('an empty segment is one file without contacts: %s, %s', async (format, empty) => {
		simulator.exportSettings = { empty };
		const { id } = simulator.addSegment({ contacts_count: 0 });
		const { success } = await runContact('export', [{ id }], { format });
		expect(jsonOf(success)).toEqual([expect.objectContaining({ contacts_count: 0 })]);
		expect(Object.keys(success[0].binary!)).toEqual(['data']);
	});

	it('each file of several is an item, in the field that was named', async () => {
		simulator.exportSettings = { files: 2 };
		const { id } = simulator.addSegment({ name: 'All', contacts_count: 5 });
		const { success } = await runContact('export', [{ id }], {
			format: 'json',
			binaryPropertyName: 'contacts',
			options: { maxFileSize: 7 },
		});
		const [{ body }] = simulator.requests('POST');
		expect(body).toMatchObject({ file_type: 'json', max_file_size: 7 });
		expect(pairsOf(success)).toEqual([{ item: 0 }, { item: 0 }]);
		expect(jsonOf(success).map(({ file_name }) => file_name)).toEqual(['All.json', 'All 2.json']);
		const contacts = success.flatMap(({ binary }) =>
			Buffer.from(binary!.contacts.data, 'base64').toString('utf8').trim().split('\n'),
		);
		expect(contacts.map((line) => (JSON.parse(line) as { email: string }).email)).toEqual(
			[1, 2, 3, 4, 5].map((n) => `contact-${n}@example.com`),
		);
	});
});
