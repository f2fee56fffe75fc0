import type { IDataObject } from 'n8n-workflow';
import { InvalidParameterError } from '../../errors';
import { oncePerAccount, type Operation } from '../../operation';
import {
	parentListField,
	parseDefinition,
	type SegmentDefinition,
} from '../../parameters/definition';
import { simplifyField } from '../../parameters/shared';
import { createSegment, getSegment, updateSegment, type Segment } from '../../transport/segments';
import { normalizeName } from '../../utils';
import { findByName, readSegmentsByName, type SegmentsByName } from '../segmentId';
import { createOperation, toCreateBody } from './create';
import { toSavedOutput } from './segmentOutput';
import { notCountedHint, parseWaitUntilCounted, waitUntilCountedOptions } from './waitUntilCounted';

interface Input extends SegmentDefinition {
	simplify: boolean;
	countTimeoutMs?: number;
}

interface Result {
	segment: Segment;
	created: boolean;
}

/** The account's segments by name, read when they are first needed. */
const knownSegments = oncePerAccount((): { byName?: SegmentsByName } => ({}));

function throwIfParentListDiffers(segment: Segment, parentListId: string | undefined): void {
	const current = [segment.parent_list_ids ?? []].flat();
	const isSame = parentListId === undefined ? current.length === 0 : current[0] === parentListId;
	if (isSame) return;
	throw new InvalidParameterError(
		`'${parentListField.displayName}' differs from that of the existing segment`,
		"SendGrid cannot change a segment's parent list. Use the parent list that it has, choose another name, or delete the segment first.",
		{ segment_id: segment.id },
	);
}

/** Create or Update: changes the segment with this name, or creates it. */
export const upsertOperation: Operation<Input, Result> = {
	name: 'Create or Update',
	value: 'upsert',
	action: 'Create or update segment',
	// n8n's lint requires this text.
	description: 'Create a new record, or update the current one if it already exists (upsert)',
	fields: createOperation.fields,
	options: waitUntilCountedOptions,
	hint: notCountedHint,
	// One after the other, so that the second item of a name finds the segment of the first.
	concurrency: 1,
	changesData: () => true,
	parse: ({ parameters, options }) => ({
		...parseDefinition(parameters),
		simplify: parameters.boolean(simplifyField),
		countTimeoutMs: parseWaitUntilCounted(options),
	}),
	execute: async (context, [input]) => {
		const { name, query, parentListId } = input;
		const segments = knownSegments(context);
		const byName = (segments.byName ??= await readSegmentsByName(context));
		const known = findByName(byName, name);
		if (!known) {
			const creating = createSegment(context, toCreateBody(input), context.delivery);
			await creating.catch(() => {
				// It may exist by now: the next item with this name looks again.
				segments.byName = undefined;
			});
			const segment = await creating;
			byName.set(normalizeName(name), [segment]);
			return { segment, created: true };
		}
		throwIfParentListDiffers(known, parentListId);
		const current = await getSegment(context, known.id);
		if (current.query_dsl === query) return { segment: current, created: false };
		const body: IDataObject = { query_dsl: query };
		const segment = await updateSegment(context, known.id, body, context.delivery);
		return { segment, created: false };
	},
	toOutput: async ({ segment, created }, input, context) => [
		{ json: { ...(await toSavedOutput(context, segment, input)), created } },
	],
};
