import { MAX_SEGMENTS } from '../../nodes/SendGridSegments/limits';
import { printProgress } from '../progress';
import { compare, summaryOf } from './comparison';
import type { Context, Group } from './context';
import { getThroughRateLimit } from './rateLimit';
import { runTask, setUp, type Setup, type Task } from './runTask';
import { startServer } from './startServer';
import { httpRequest, httpRequestInBatches, thisNode, type Subject } from './subjects';
import { limitedRow, millisecondsRow, number, requestsRow, timeRow } from './table';

function tasksOf(scaled: Context['scaled']): Task[] {
	const deleted = scaled(MAX_SEGMENTS);
	const shared = [1000, 5000].flatMap((items): Task[] => [
		{ operation: 'get', items: scaled(items), segments: scaled(100) },
		{ operation: 'refresh', items: scaled(items), segments: 1 },
	]);
	const tasks: Task[] = [...shared, { operation: 'delete', items: deleted, segments: deleted }];
	return tasks.flatMap((task) => [task, { ...task, latencyMs: 100 }]);
}

const VERBS = { get: 'read', refresh: 'refresh', delete: 'delete' };

function titleOf({ operation, items, segments, latencyMs }: Task): string {
	const target = segments === 1 ? 'one segment' : `${number(segments)} segments`;
	const latency = latencyMs ? `, ${latencyMs} ms latency` : '';
	return `${number(items)} items ${VERBS[operation]} ${target}${latency}`;
}

/** Many items that name few segments, as in a CRM sync, and the deletes of all of an account's segments. */
export const measureSegments: Group = async ({ runs, scaled, startN8n }) => {
	const server = await startServer();
	const setup = await setUp(await startN8n('segments'), server);
	const rows: string[] = [];
	for (const task of tasksOf(scaled)) {
		const title = titleOf(task);
		const pairs = await printProgress(title, async () =>
			compare(runs, {
				ours: async () => runTask(setup, thisNode, task),
				theirs: async () => runTask(setup, httpRequest, task),
			}),
		);
		const [{ ours, theirs }] = pairs;
		rows.push(
			timeRow(
				title,
				task.items,
				summaryOf(pairs, ({ milliseconds }) => milliseconds),
			),
			millisecondsRow(
				`${title}: longest time without a response of n8n`,
				summaryOf(pairs, ({ freezeMs }) => freezeMs),
			),
			millisecondsRow(
				`${title}: first request`,
				summaryOf(pairs, ({ firstRequestMs }) => firstRequestMs),
			),
			requestsRow(title, ours.requests, theirs.requests),
		);
	}
	rows.push(...(await limitedRows(setup, scaled)));
	setup.probe.stop();
	await setup.n8n.stop();
	server.stop();
	return rows;
};

async function limitedRows(setup: Setup, scaled: Context['scaled']): Promise<string[]> {
	const items = scaled(1500);
	if (items <= 600) return [];
	const segments = scaled(100);
	const title = `${number(items)} items read ${number(segments)} segments, 600 requests allowed per minute`;
	const measure = async (subject: Subject) =>
		await printProgress(title, async () => getThroughRateLimit(setup, subject, items, segments));
	const ours = await measure(thisNode);
	return [
		limitedRow(title, ours, await measure(httpRequest)),
		limitedRow(
			`${title}; HTTP Request in batches of 10 per second`,
			ours,
			await measure(httpRequestInBatches),
		),
	];
}
