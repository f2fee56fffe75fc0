import { SendGridApiError } from '../../../nodes/SendGridSegments/errors';
import {
	importJobField,
	parseImportJobId,
	waitForImport,
} from '../../../nodes/SendGridSegments/operations/waitForImport';
import { coded, FakeSendGrid, useFakeClock, type FakeResponse } from '../fakeSendGrid';
import { ID, readerOf } from '../parseItem';

useFakeClock();

const JOB = '3bfdc2b6-c627-422e-877f-cc7b926a3c46';

const job = (status: string, results: object = { requested_count: 3 }) => ({
	body: { id: JOB, status, results },
});

const wait = async (sendGrid: FakeSendGrid, seconds = { timeout: 900, poll: 15 }) =>
	await waitForImport(sendGrid.context, JOB, {
		timeoutMs: seconds.timeout * 1000,
		pollMs: seconds.poll * 1000,
	});

/** The error that the wait ends with, and when. */
async function failure(sendGrid: FakeSendGrid, seconds?: { timeout: number; poll: number }) {
	const { result, endedAt } = await sendGrid.finish(
		wait(sendGrid, seconds).catch((thrown: unknown) => thrown),
	);
	expect(result).toBeInstanceOf(SendGridApiError);
	const { message, description, details } = result as SendGridApiError;
	return { message, description, details, endedAt };
}

it.each<[number, string, object | undefined]>([
	[0, 'completed', {}],
	[0, 'errored', {}],
	[0, 'completed', { requested_count: 3, created_count: 1 }],
	[0, 'pending', { requested_count: 3, created_count: 3 }],
	[
		0,
		'pending',
		{ requested_count: 7, created_count: 1, updated_count: 2, deleted_count: 1, errored_count: 3 },
	],
	[0, 'pending', { requested_count: 3, created_count: 4 }],
	[15, 'pending', { requested_count: 3, created_count: 2 }],
	[15, 'pending', { requested_count: 0 }],
	[15, 'pending', { requested_count: '3', created_count: 3 }],
	[15, 'pending', { requested_count: 3, created_count: '3' }],
	[15, 'pending', { created_count: 3 }],
	[15, 'pending', undefined],
	[15, 'started', { requested_count: 3, created_count: 2 }],
])('has finished after %d seconds: %s, %j', async (expected, status, results) => {
	const sendGrid = new FakeSendGrid([{ body: { id: JOB, status, results } }, job('completed')]);
	const { endedAt } = await sendGrid.finish(wait(sendGrid));
	expect(endedAt).toBe(expected);
	expect(sendGrid.requests[0]).toBe(`GET /v3/marketing/contacts/imports/${JOB}`);
});

describe('fails', () => {
	it('if the import failed, whatever it counts', async () => {
		const failed = job('failed', { requested_count: 3, errored_count: 3 });
		const { message, details } = await failure(new FakeSendGrid([failed]));
		expect(message).toBe(`The contact import ${JOB} failed`);
		expect(details).toEqual({ import_status: 'failed' });
	});

	it.each<[number, string, RegExp]>([
		[401, 'SendGrid rejected the API key', /Check the API key/],
		[403, 'The API key has no access to Marketing segments', /add the scope/],
		[404, `The contact import ${JOB} does not exist`, /\{\{ \$json\.job_id \}\}\./],
	])('at once for %d', async (status, message, advice) => {
		const response = { status, body: { errors: [{ message: 'access forbidden' }] } };
		const { description, ...rest } = await failure(new FakeSendGrid([response]));
		const details = { http_status: status, import_status: 'unknown' };
		expect(rest).toEqual({ message, details, endedAt: 0 });
		expect(description).toMatch(advice);
		expect(description).toMatch(/No refresh or export was started for this item\.$/);
	});

	it('where it does not end in time, with a last look at the end', async () => {
		const sendGrid = new FakeSendGrid([job('pending')]);
		const { message, description, details, endedAt } = await failure(sendGrid, {
			timeout: 40,
			poll: 15,
		});
		expect(message).toBe(`The contact import ${JOB} did not finish in time`);
		expect(description).toMatch(
			/^After 40 seconds, its status was "pending"\. .+ No refresh or export was started for this item\.$/,
		);
		expect(details).toEqual({ import_status: 'pending' });
		expect(sendGrid.sentAt).toEqual([0, 15, 30, 40]);
		expect(endedAt).toBe(40);
	});

	it('with an unknown status where it could not be read in time', async () => {
		const { details } = await failure(new FakeSendGrid([{ body: { results: [] } }]));
		expect(details).toEqual({ import_status: 'unknown' });
	});
});

it.each<[string, FakeResponse]>([
	['500', { status: 500 }],
	['429 without a reset', { status: 429 }],
	['a page with status 200', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
	['something else than an import', { body: { results: [] } }],
	['no connection', coded('ECONNREFUSED')],
	['a lost response', coded('ECONNRESET')],
])('a read that comes to %s is followed by the next', async (_, response) => {
	const sendGrid = new FakeSendGrid([response, job('completed')]);
	await sendGrid.finish(wait(sendGrid));
	// Each read a single attempt.
	expect(sendGrid.sentAt).toEqual([0, 15]);
});

it('reads the general rate limit of contacts, not that of segments', async () => {
	const sendGrid = new FakeSendGrid([job('pending'), job('completed')]);
	sendGrid.context.rateLimits.for('segments').pauseFor(50_000);
	const { endedAt } = await sendGrid.finish(wait(sendGrid));
	expect(endedAt).toBe(15);
});

it("the job ID is also that of n8n's SendGrid node, which puts it next to the item's JSON", () => {
	const parse = (options: object, input: object) =>
		parseImportJobId(
			{
				options: readerOf(options as never),
				context: { functions: { getInputData: () => input } },
			} as never,
			importJobField(''),
		);
	const item = { job_id: ID };
	expect(parse({ importJobId: undefined }, item)).toBe(ID);
	expect(parse({ importJobId: JOB }, item)).toBe(JOB);
	expect(() => parse({ importJobId: '' }, { ...item, json: {} })).toThrow(
		"'Import Job ID' is empty",
	);
	expect(() => parse({ importJobId: '' }, { job_id: 'x' })).toThrow('is not a valid ID');
});
