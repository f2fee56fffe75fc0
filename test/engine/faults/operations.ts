import { randomUUID } from 'node:crypto';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { LoggedRequest, Simulator } from '../../../simulator';

/** An item of a test: what it works on is named by `id`, and by nothing else in the account. */
export type Item = { id: string };

export interface Operation {
	title: string;
	/** With expressions on the item. */
	parameters: INodeParameters;
	/** Methods of the requests that an undisturbed item sends. */
	requests: string[];
	/** Method of the one that faults hit. */
	hit: string;
	/**
	 * How that one may be sent again: `read` and `repeatable` three times in all, `once` only where it
	 * surely never arrived or the general rate limit turned it away. A read changes nothing.
	 */
	kind: 'read' | 'repeatable' | 'once';
	/** Puts into the account what the item works on. */
	prepare(simulator: Simulator, item: Item): void;
	/** Whether the account is in the state that the item's output claims. */
	isTrue(output: IDataObject, simulator: Simulator, item: Item): boolean;
}

const segmentId = { __rl: true, mode: 'id', value: '={{ $json.id }}' };
const addSegment = (simulator: Simulator, { id }: Item) => void simulator.addSegment({ id });
const isGone = ({ deleted, segment_id: of }: IDataObject, simulator: Simulator, { id }: Item) =>
	deleted === true && of === id && !simulator.segments.has(id);

const remove: Operation = {
	title: 'delete',
	parameters: { operation: 'delete', segmentId, options: { ifScheduled: 'delete' } },
	requests: ['DELETE'],
	hit: 'DELETE',
	kind: 'repeatable',
	prepare: addSegment,
	isTrue: isGone,
};

const removeKeeping: Operation = {
	...remove,
	title: 'delete with its definition',
	parameters: { ...remove.parameters, options: { ifScheduled: 'delete', returnDefinition: true } },
	requests: ['GET', 'DELETE'],
	isTrue: (output, simulator, item) =>
		isGone(output, simulator, item) && (output.segment as IDataObject).id === item.id,
};

const removeUnread: Operation = {
	...removeKeeping,
	title: 'the read before a delete',
	hit: 'GET',
	kind: 'read',
};

const refresh: Operation = {
	title: 'refresh',
	parameters: {
		operation: 'refresh',
		segmentId,
		timeZone: 'Europe/Berlin',
	},
	requests: ['GET', 'POST'],
	hit: 'POST',
	kind: 'once',
	prepare: addSegment,
	isTrue: ({ status, segment_id: of }, simulator, { id }) =>
		status === 'accepted' && of === id && simulator.segments.get(id)?.refreshes_used === 1,
};

const get: Operation = {
	title: 'get',
	parameters: { operation: 'get', segmentId },
	requests: ['GET'],
	hit: 'GET',
	kind: 'read',
	prepare: addSegment,
	isTrue: (output, simulator, { id }) =>
		output.segment_id === id && simulator.segments.get(id)?.name === output.name,
};

const getMany: Operation = {
	...get,
	title: 'getAll',
	parameters: { operation: 'getAll', returnAll: true, filters: { ids: '={{ $json.id }}' } },
};

const create: Operation = {
	title: 'create',
	parameters: {
		operation: 'create',
		name: '=New {{ $json.id }}',
		queryDsl: 'SELECT contact_id, updated_at FROM contact_data',
	},
	requests: ['POST'],
	hit: 'POST',
	kind: 'once',
	prepare: () => {},
	isTrue: (output, simulator, { id }) =>
		output.name === `New ${id}` &&
		[...simulator.segments.values()].filter(({ name }) => name === output.name).length === 1,
};

const update: Operation = {
	title: 'update',
	parameters: { operation: 'update', segmentId, updateFields: { name: '=New {{ $json.id }}' } },
	requests: ['PATCH'],
	hit: 'PATCH',
	kind: 'repeatable',
	prepare: addSegment,
	isTrue: (output, simulator, { id }) =>
		output.segment_id === id && simulator.segments.get(id)?.name === `New ${id}`,
};

export const operations = {
	remove,
	removeKeeping,
	removeUnread,
	refresh,
	get,
	getMany,
	create,
	update,
};

/** Items of an operation, with all that they need in the account. */
export function prepared(operation: Operation, simulator: Simulator, count: number): Item[] {
	const items = Array.from({ length: count }, () => ({ id: randomUUID() }));
	for (const item of items) operation.prepare(simulator, item);
	return items;
}

/** Whether the request is on behalf of the item, which it names in its path or its body. */
export const isFor = ({ path, body }: LoggedRequest, { id }: Item) =>
	path.includes(id) || JSON.stringify(body ?? '').includes(id);

/** The requests that arrived on behalf of the item, in order. */
export const requestsFor = (simulator: Simulator, item: Item, method?: string) =>
	simulator.requests(method).filter((request) => isFor(request, item));
