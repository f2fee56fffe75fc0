import type { IDataObject, INodePropertyOptions } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { buildRouting, type OperationHandler } from '../execution/executeItem';
import { parseSimplify } from '../parameters/simplify';
import type { RequestContext } from '../transport/apiRequest';
import {
	createSegmentEndpoint,
	getSegment,
	listSegments,
	type Segment,
} from '../transport/segments';
import { createSegment, parseDefinition, type SegmentDefinition } from './create';
import { toSavedOutput } from './segmentOutput';
import { updateSegment } from './update';
import { parseWaitUntilCounted } from './waitUntilCounted';

interface Input extends SegmentDefinition {
	simplify: boolean;
	countTimeoutMs?: number;
}

interface Result {
	segment: Segment;
	created: boolean;
}

function throwIfParentListDiffers(segment: Segment, parentListId: string | undefined): void {
	const current = [segment.parent_list_ids ?? []].flat();
	const isSame = parentListId === undefined ? current.length === 0 : current[0] === parentListId;
	if (isSame) return;
	throw new InvalidParameterError(
		"'Parent List' differs from that of the existing segment",
		'SendGrid cannot change the parent list of a segment. Use the parent list that it has, another name, or delete the segment first.',
		{ segment_id: segment.id },
	);
}

/** Names whose create may have been processed, although its response was lost. */
type Shared = Set<string>;

async function readSegmentsByName(context: RequestContext): Promise<Map<string, Segment>> {
	const byName = new Map<string, Segment>();
	for await (const page of listSegments(context)) {
		for (const segment of page) byName.set(String(segment.name), segment);
	}
	return byName;
}

const handler: OperationHandler<Input, Result, Shared> = {
	concurrency: 50,
	changesData: () => true,
	createShared: () => new Set(),
	parse: (getParameter) => ({
		...parseDefinition(getParameter),
		simplify: parseSimplify(getParameter),
		countTimeoutMs: parseWaitUntilCounted(getParameter),
	}),
	dedupeKey: ({ name, query, parentListId = '' }) => JSON.stringify([name, query, parentListId]),
	orderKey: ({ name }) => name,
	execute: async (context, input) => {
		const { name, query, parentListId } = input;
		const readSegments = async () => await readSegmentsByName(context);
		const segmentsByName = await context.memoize('segments', readSegments);
		if (context.shared.delete(name)) {
			const created = (await readSegments()).get(name);
			if (created) segmentsByName.set(name, created);
		}
		const known = segmentsByName.get(name);
		if (!known) {
			const creating = createSegment(context, input, context.delivery);
			await creating.catch(() => {
				if (context.delivery.maybeProcessed) context.shared.add(name);
			});
			const segment = await creating;
			segmentsByName.set(name, segment);
			return { segment, created: true };
		}
		throwIfParentListDiffers(known, parentListId);
		const current = await getSegment(context, known.id);
		if (current.query_dsl === query) return { segment: current, created: false };
		const body: IDataObject = { query_dsl: query };
		const segment = await updateSegment(context, known.id, body, context.delivery);
		return { segment, created: false };
	},
	toOutput: async ({ segment, created }, input, context) => {
		const { simplify, countTimeoutMs } = input;
		const output = await context.memoize(
			`output ${simplify} ${countTimeoutMs} ${context.requestKey}`,
			async () => await toSavedOutput(context, segment, input),
		);
		return [{ ...output, created }];
	},
};

export const upsertOperation: INodePropertyOptions = {
	name: 'Create or Update',
	value: 'upsert',
	action: 'Create or update segment',
	description: 'Create a new record, or update the current one if it already exists (upsert)',
	routing: buildRouting(createSegmentEndpoint, handler),
};
