import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LIMIT_REASONS, NotFoundError, toItemError } from '../../nodes/SendGridSegments/errors';
import { nodeCases, ID } from './parseItem';
import { operationOf } from '../../nodes/SendGridSegments/operations';
import { refreshOperation } from '../../nodes/SendGridSegments/operations/segment/refresh';
import { SendGridSegmentsTrigger } from '../../nodes/SendGridSegments/SendGridSegmentsTrigger.node';
import { coded, FakeSendGrid, useFakeClock, type FakeResponse } from './fakeSendGrid';

useFakeClock();

const root = path.resolve(__dirname, '../..');

/** The README, and what it refers to for those who need more. */
const documents = ['README.md', 'docs/operations.md', 'docs/trigger.md']
	.map((file) => path.join(root, file))
	.filter((file) => existsSync(file))
	.map((file) => readFileSync(file, 'utf8'));

/** The values in the column of this heading, of all tables that have it; each is written as code. */
function tableValues(heading: string): string[] {
	const values: string[] = [];
	for (const text of documents) {
		let column = -1;
		for (const line of text.split('\n')) {
			if (!line.startsWith('|')) {
				column = -1;
				continue;
			}
			const cells = line.split('|').map((cell) => cell.trim());
			if (column < 0) column = cells.indexOf(`\`${heading}\``);
			const [, value] = /^`(\w+)`$/.exec(cells[column] ?? '') ?? [];
			if (value && value !== heading) values.push(value);
		}
	}
	return values.sort();
}

const input = {
	segmentId: ID,
	timeZone: 'UTC',
	whenLimitReached: 'skip' as const,
	waitForCompletion: false,
	wait: { timeoutMs: 20_000, pollMs: 15_000 },
};

/** The status that an item has after these responses. */
async function statusAfter(responses: FakeResponse[], waitForCompletion: boolean) {
	const sendGrid = new FakeSendGrid(responses);
	const given = { ...input, waitForCompletion };
	const { context } = sendGrid;
	const work = async () => {
		try {
			const result = await refreshOperation.execute(context, [given]);
			const [{ json }] = await refreshOperation.toOutput(result, given, context);
			return json.status;
		} catch (thrown) {
			return refreshOperation.recover!(toItemError(thrown), given)?.status;
		}
	};
	return (await sendGrid.finish(work())).result;
}

it('the table of statuses has each that a refresh gives, and no other', async () => {
	const read = { body: { id: ID, sample_updated_at: '2025-06-10T11:00:00Z' } };
	const later = { body: { id: ID, sample_updated_at: '2025-06-10T12:00:05Z' } };
	const accepted = { status: 202, body: { job_id: 'j' } };
	const refused = { status: 429, body: { errors: [] } };
	const statuses = [
		await statusAfter([read, accepted], false),
		await statusAfter([read, accepted, later], true),
		await statusAfter([read, accepted, coded('ECONNREFUSED')], true),
		await statusAfter([read, refused], false),
	];
	expect(tableValues('status')).toEqual([...statuses].sort());
});

it('the tables of reasons have only reasons that exist, and each is named in the documents', () => {
	const notFound = new NotFoundError('', '', {});
	const others = nodeCases.map((node) => {
		const { recover } = operationOf({ parameters: { ...node } });
		return recover?.(notFound, { ...input, ignoreNotFound: true })?.reason;
	});
	const known = [...LIMIT_REASONS, ...others.filter((reason) => reason !== undefined)];
	const named = tableValues('reason');
	expect(named.length).toBeGreaterThan(0);
	expect(named.filter((reason) => !known.includes(reason))).toEqual([]);
	for (const reason of LIMIT_REASONS) expect(documents.join()).toContain(`\`${reason}\``);
});

it('the table of events has each that the trigger reports, and no other', () => {
	const { properties } = new SendGridSegmentsTrigger().description;
	const { options = [] } = properties.find(({ name }) => name === 'events')!;
	const events = options.map((option) => (option as { value: string }).value);
	expect(tableValues('event')).toEqual(events.sort());
});

it('the documents name every operation and every event as the editor does', () => {
	const text = documents.join();
	const names = nodeCases.map((node) => operationOf({ parameters: { ...node } }).name);
	expect(names.filter((name) => !text.includes(name))).toEqual([]);
});
