import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { buildRouting, type OperationHandler } from '../execution/executeItem';
import { parseSimplify } from '../parameters/simplify';
import { toSegmentOutput } from './segmentOutput';
import {
	parseBoolean,
	parseCollection,
	parseIds,
	parseNumber,
	unreadableValueField,
} from '../parameters/values';
import { listSegments, listSegmentsEndpoint, type Segment } from '../transport/segments';
import { nameContains } from '../utils';

/** As many parent lists as SendGrid filters by in one request. */
const MAX_PARENT_LISTS = 50;

/** A URL with more IDs than this becomes longer than some servers and proxies accept. */
const MAX_IDS_PER_REQUEST = 100;

interface Input {
	limit: number;
	simplify: boolean;
	/** One for each request. */
	queries: URLSearchParams[];
	nameContains: string;
}

function parseFilters(value: unknown): Pick<Input, 'queries' | 'nameContains'> {
	const filters = parseCollection(value, 'Filters');
	const ids = parseIds(filters.ids, 'Segment IDs');
	const parentListIds = parseIds(filters.parentListIds, 'Parent Lists');
	const noParentList = parseBoolean(filters.noParentList, 'Without Parent List');
	if (ids.length > 0 && (parentListIds.length > 0 || noParentList)) {
		throw new InvalidParameterError(
			"'Segment IDs' cannot be combined with a parent-list filter",
			"SendGrid would ignore the parent lists. Remove 'Segment IDs', or 'Parent Lists' and 'Without Parent List'.",
		);
	}
	if (parentListIds.length > MAX_PARENT_LISTS) {
		throw new InvalidParameterError(
			`'Parent Lists' contains ${parentListIds.length} lists`,
			`SendGrid filters by at most ${MAX_PARENT_LISTS} lists. Split them across several items.`,
		);
	}
	const queries: URLSearchParams[] = [];
	for (let start = 0; start < ids.length; start += MAX_IDS_PER_REQUEST) {
		const part = ids.slice(start, start + MAX_IDS_PER_REQUEST);
		queries.push(new URLSearchParams(part.map((id): [string, string] => ['ids', id])));
	}
	if (queries.length === 0) {
		const query = new URLSearchParams();
		if (parentListIds.length > 0) query.set('parent_list_ids', parentListIds.join(','));
		if (noParentList) query.set('no_parent_list_id', 'true');
		queries.push(query);
	}
	return { queries, nameContains: String(filters.nameContains ?? '') };
}

const handler: OperationHandler<Input, Segment[]> = {
	concurrency: 50,
	parse: (getParameter) => {
		const returnAll = parseBoolean(getParameter('returnAll', false), 'Return All');
		return {
			limit: returnAll ? Infinity : parseNumber(getParameter('limit', 50), 'Limit', { min: 1 }),
			simplify: parseSimplify(getParameter),
			...parseFilters(getParameter('filters', {})),
		};
	},
	execute: async (context, { limit, queries, nameContains: text }) => {
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
		segments.map((segment) => toSegmentOutput(segment, simplify)),
};

export const getManyOperation: INodePropertyOptions = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many segments',
	description: 'Get all segments, or those that match filters',
	routing: buildRouting(listSegmentsEndpoint, handler),
};

const show = { operation: ['getAll'] };

export const getManyFields: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		displayOptions: { show },
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		default: 50,
		typeOptions: { minValue: 1 },
		displayOptions: { show: { ...show, returnAll: [false] } },
		description: 'Max number of results to return',
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add filter',
		default: {},
		displayOptions: { show },
		options: [
			{
				displayName: 'Name Contains',
				name: 'nameContains',
				type: 'string',
				default: '',
				placeholder: 'e.g. newsletter',
				description: 'Return only segments whose name contains this text (case-insensitive)',
			},
			{
				displayName: 'Parent List Names or IDs',
				name: 'parentListIds',
				type: 'multiOptions',
				typeOptions: { loadOptionsMethod: 'getParentLists' },
				default: [],
				description:
					'Return only segments based on one of these lists, up to 50. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
			},
			{
				displayName: 'Segment IDs',
				name: 'ids',
				type: 'string',
				default: '',
				placeholder: 'e.g. 1588e03b-50aa-454a-97d1-e1530345a5ec',
				description:
					'Return only the segments with these comma-separated IDs. Cannot be combined with the parent-list filters.',
			},
			unreadableValueField,
			{
				displayName: 'Without Parent List',
				name: 'noParentList',
				type: 'boolean',
				default: true,
				description:
					'Whether to return segments without a parent list, in addition to those matching Parent Lists',
			},
		],
	},
];
