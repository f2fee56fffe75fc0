import type { INodeProperties } from 'n8n-workflow';
import { InvalidParameterError } from '../../errors';
import type { Operation } from '../../operation';
import { MAX_PARENT_LISTS } from '../../limits';
import { collection } from '../../parameters/collection';
import type { ParameterReader } from '../../parameters/ParameterReader';
import { limitField, returnAllField, simplifyField } from '../../parameters/shared';
import { parseIds } from '../../parameters/values';
import { listSegments, type Segment } from '../../transport/segments';
import { nameContains } from '../../utils';
import { toSegmentOutput } from './segmentOutput';

/** A URL with more IDs than this becomes longer than some servers and proxies accept. */
const MAX_IDS_PER_REQUEST = 100;

interface Input {
	limit: number;
	simplify: boolean;
	/** One for each request. */
	queries: URLSearchParams[];
	nameContains: string;
}

const nameContainsField: INodeProperties = {
	displayName: 'Name Contains',
	name: 'nameContains',
	type: 'string',
	default: '',
	placeholder: 'e.g. newsletter',
	description: 'Return only segments whose name contains this text (case-insensitive)',
};

const parentListsField: INodeProperties = {
	displayName: 'Parent List Names or IDs',
	name: 'parentListIds',
	type: 'multiOptions',
	typeOptions: { loadOptionsMethod: 'getParentLists' },
	default: [],
	description: `Return only segments based on one of these lists, up to ${MAX_PARENT_LISTS}. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
};

const idsField: INodeProperties = {
	displayName: 'Segment IDs',
	name: 'ids',
	type: 'string',
	default: '',
	placeholder: 'e.g. 1588e03b-50aa-454a-97d1-e1530345a5ec',
	description:
		"Return only the segments with these comma-separated IDs. Cannot be combined with 'Parent List Names or IDs' or 'Without Parent List'.",
};

const noParentListField: INodeProperties = {
	displayName: 'Without Parent List',
	name: 'noParentList',
	type: 'boolean',
	default: false,
	description:
		"Whether to return segments without a parent list, in addition to those that match 'Parent List Names or IDs'",
};

const filtersField = collection({
	displayName: 'Filters',
	name: 'filters',
	placeholder: 'Add filter',
	options: [nameContainsField, parentListsField, idsField, noParentListField],
});

function parseFilters(parameters: ParameterReader): Pick<Input, 'queries' | 'nameContains'> {
	const filters = parameters.collection(filtersField[0]);
	const parse = (field: INodeProperties) => {
		const value = filters.value(field);
		return value === undefined ? [] : parseIds(value, field.displayName);
	};
	const ids = parse(idsField);
	const parentListIds = parse(parentListsField);
	const noParentList = filters.boolean(noParentListField);
	const text = filters.searchText(nameContainsField) ?? '';
	if (ids.length > 0 && (parentListIds.length > 0 || noParentList)) {
		throw new InvalidParameterError(
			`'${idsField.displayName}' cannot be combined with a parent-list filter`,
			`SendGrid would ignore the parent lists. Remove '${idsField.displayName}', or '${parentListsField.displayName}' and '${noParentListField.displayName}'.`,
		);
	}
	if (parentListIds.length > MAX_PARENT_LISTS) {
		throw new InvalidParameterError(
			`'${parentListsField.displayName}' contains ${parentListIds.length} lists`,
			`SendGrid filters by at most ${MAX_PARENT_LISTS} lists. Split them across several items.`,
		);
	}
	if (ids.length === 0) {
		const query = new URLSearchParams();
		if (parentListIds.length > 0) query.set('parent_list_ids', parentListIds.join(','));
		if (noParentList) query.set('no_parent_list_id', 'true');
		return { queries: [query], nameContains: text };
	}
	const queries: URLSearchParams[] = [];
	for (let start = 0; start < ids.length; start += MAX_IDS_PER_REQUEST) {
		const part = ids.slice(start, start + MAX_IDS_PER_REQUEST);
		queries.push(new URLSearchParams(part.map((id): [string, string] => ['ids', id])));
	}
	return { queries, nameContains: text };
}

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/get-list-of-segments */
export const getManyOperation: Operation<Input, Segment[]> = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many segments',
	description: 'Get all segments, or those that match filters',
	fields: [returnAllField, limitField, ...filtersField, simplifyField],
	concurrency: 50,
	parse: ({ parameters }) => ({
		limit: parameters.boolean(returnAllField) ? Infinity : parameters.number(limitField),
		simplify: parameters.boolean(simplifyField),
		...parseFilters(parameters),
	}),
	requestKey: ({ queries, nameContains: text, limit }) =>
		JSON.stringify([queries.map(String), text, limit]),
	execute: async (context, [{ limit, queries, nameContains: text }]) => {
		const found: Segment[] = [];
		for (const query of queries) {
			for await (const page of listSegments(context, query)) {
				for (const segment of page) {
					if (nameContains(segment, text)) found.push(segment);
					if (found.length >= limit) return found;
				}
			}
		}
		return found;
	},
	toOutput: (segments, { simplify }) =>
		segments.map((segment) => ({ json: toSegmentOutput(segment, simplify) })),
};
