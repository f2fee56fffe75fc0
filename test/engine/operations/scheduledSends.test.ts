import type { IDataObject } from 'n8n-workflow';
import type { Fault } from '../../../simulator';
import { advance } from '../../clock';
import {
	CONTINUE,
	expectFailure,
	failuresIn,
	jsonOf,
	MISSING,
	runOn,
	sent,
	simulator,
	useSimulator,
} from '../helpers';

useSimulator();

const SEND_AT = '2030-05-01T10:00:00Z';

const schedule = (name: string, ...segmentIds: string[]) =>
	simulator.addSingleSend({ name, send_at: SEND_AT, send_to: { segment_ids: segmentIds } });

const usedBy = (...sends: Array<{ id: string; name: string }>) =>
	sends.map(({ id, name }) => ({ id, name, send_at: SEND_AT }));

const remove = async (ids: string[], parameters: IDataObject = {}) =>
	(await runOn('delete', ids, parameters, CONTINUE)).success;

const deleted = (id: string) => expect.objectContaining({ deleted: true, segment_id: id });

const requestsFor = (part: string) => sent().filter((request) => request.includes(part));

it('keeps a segment that a scheduled Single Send uses, and deletes the others', async () => {
	const [used, free] = simulator.addSegments(2).map(({ id }) => id);
	const send = schedule('May news', used);
	const items = await remove([used, free]);

	expectFailure(items[0], {
		message: 'A scheduled Single Send uses this segment: "May news"',
		description: `It is scheduled for May 1, 2030, 10:00 (UTC). Nothing was deleted. Take the segment out of the Single Send first, or set 'If Scheduled' to "Delete".`,
		segment_id: used,
		used_by: usedBy(send),
	});
	expect(items[1].json).toEqual(deleted(free));
	expect([...simulator.segments.keys()]).toEqual([used]);
	expect(simulator.log[0].body).toEqual({ status: ['scheduled'] });
});

it('names the first of several, and has them all', async () => {
	const { id } = simulator.addSegment();
	const sends = ['First', 'Second', 'Third'].map((name) => schedule(name, id.toUpperCase()));
	const [item] = await remove([id]);
	expectFailure(item, {
		message: 'A scheduled Single Send uses this segment: "First" and 2 more',
		segment_id: id,
		used_by: usedBy(...sends),
	});
});

it.each([
	['a draft', { send_to: { segment_ids: ['SEGMENT'] } }],
	['one that was sent', { status: 'triggered' as const, send_to: { segment_ids: ['SEGMENT'] } }],
	['one for a list', { send_at: SEND_AT, send_to: { list_ids: ['SEGMENT'] } }],
	['one for all contacts', { send_at: SEND_AT, send_to: { all: true } }],
])('%s keeps nothing', async (_, input) => {
	const { id } = simulator.addSegment();
	simulator.addSingleSend(JSON.parse(JSON.stringify(input).replace('SEGMENT', id)));
	expect(jsonOf(await remove([id]))).toEqual([deleted(id)]);
});

it('"Delete" deletes without looking', async () => {
	const { id } = simulator.addSegment();
	schedule('May news', id);
	expect(jsonOf(await remove([id], { options: { ifScheduled: 'delete' } }))).toEqual([deleted(id)]);
	expect(requestsFor('/singlesends/')).toEqual([]);
});

it('Dry Run says which Single Sends use a segment, or null if nobody looked', async () => {
	const [used, free] = simulator.addSegments(2).map(({ id }) => id);
	const send = schedule('May news', used);
	expect(jsonOf(await remove([used, free], { dryRun: true }))).toMatchObject([
		{ deleted: false, would_delete: false, used_by: usedBy(send) },
		{ deleted: false, would_delete: true, used_by: [] },
	]);
	const unchecked = { dryRun: true, options: { ifScheduled: 'delete' } };
	expect(jsonOf(await remove([used], unchecked))).toMatchObject([
		{ deleted: false, would_delete: true, used_by: null },
	]);
});

const readOfSend = ({ method, path }: { method: string; path: string }) =>
	method === 'GET' && path.includes('/singlesends/');

const WAY_OUT = `To delete without this check, set 'If Scheduled' to "Delete".`;

it.each<[string, Fault, string]>([
	['a read', { match: readOfSend, status: 404 }, 'SendGrid refused the request (404)'],
	['the search', { body: { results: [] } }, "SendGrid's response could not be read"],
	['a read', { match: readOfSend, body: { id: 'x' } }, "SendGrid's response could not be read"],
])('if %s fails, nothing is deleted: %j', async (_, fault, reason) => {
	const ids = simulator.addSegments(2).map(({ id }) => id);
	schedule('May news', MISSING);
	simulator.fault(fault);
	const items = await remove(ids);
	for (const [index, item] of items.entries()) {
		expectFailure(item, {
			message: 'The scheduled Single Sends could not be checked, so nothing was deleted',
			description: expect.stringContaining(WAY_OUT),
			http_status: fault.status ?? 200,
			segment_id: ids[index],
		});
		const { description } = failuresIn(items)[index];
		expect(description).toContain(reason);
		expect(description).not.toContain('may still have taken effect');
	}
	expect(simulator.requests('DELETE')).toEqual([]);
	expect(requestsFor('/singlesends/search')).toHaveLength(1);
});

it.each([
	[401, 'authorization required', 'SendGrid rejected the API key', ''],
	[403, 'access forbidden', 'The API key has no access to Marketing segments', WAY_OUT],
])('if SendGrid refuses the key with %d, it says so', async (status, words, message, advice) => {
	const { id } = simulator.addSegment();
	simulator.fault({ status, body: { errors: [{ field: null, message: words }] } });
	const [item] = await remove([id]);
	const description = expect.stringContaining(advice);
	expectFailure(item, { message, description, http_status: status, segment_id: id });
	expect(simulator.requests('DELETE')).toEqual([]);
});

it('looks once for 200 segments: all pages, one read each, at most 50 at a time', async () => {
	const ids = simulator.addSegments(200).map(({ id }) => id);
	for (let index = 0; index < 120; index++) schedule(`Send ${index}`, ids[index]);
	simulator.setLatency(50);
	const items = await remove(ids);

	expect(items.filter(({ json }) => json.deleted)).toHaveLength(80);
	expect(simulator.segments.size).toBe(120);
	expect(requestsFor('/singlesends/search')).toHaveLength(3);
	const reads = requestsFor('GET ').filter((request) => request.includes('/singlesends/'));
	expect(reads).toHaveLength(120);
	expect(new Set(reads).size).toBe(120);
	expect(simulator.requests('DELETE')).toHaveLength(80);
	expect(simulator.maxInFlight).toBeLessThanOrEqual(50);
});

it('after the run, no read that failed is repeated', async () => {
	const { id } = simulator.addSegment();
	for (let number = 0; number < 3; number++) schedule(`Send ${number}`, id);
	const isRead = ({ method }: { method: string }) => method === 'GET';
	simulator.fault({ drop: 'beforeAnswer', times: Infinity, match: isRead });
	await remove([id]);
	const { length } = sent();
	await advance(60_000);
	expect(sent()).toHaveLength(length);
});

it('looks again in the next try of Retry On Fail', async () => {
	const { id } = simulator.addSegment();
	simulator.fault({ status: 403 });
	const { success } = await runOn('delete', [id], {}, { retryOnFail: true });
	expect(jsonOf(success)).toEqual([deleted(id)]);
	expect(requestsFor('/singlesends/search')).toHaveLength(2);
});
