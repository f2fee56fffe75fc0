import type { IDataObject, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { checkedBoolean, checkedNumber } from '../options';
import { SegmentFailure } from '../failures';
import { routingOf, type Plan } from '../perItem';
import { checkedIds } from '../segmentId';
import {
	isObject,
	nameContains,
	pagesOf,
	segmentList,
	withoutContactsSample,
	type Segment,
} from '../segments';
import { simplified } from '../simplify';

/** As many parent lists as SendGrid filters by in one request. */
const MAX_PARENT_LISTS = 50;

interface Input {
	limit: number;
	simplify: boolean;
	query: URLSearchParams;
	nameContains: string;
}

function queryOf(filters: IDataObject): URLSearchParams {
	const ids = checkedIds(filters.ids, 'Segment IDs');
	const parentListIds = checkedIds(filters.parentListIds, 'Parent List IDs');
	const noParentList = checkedBoolean(filters.noParentList, 'Without Parent List');
	if (ids.length > 0 && (parentListIds.length > 0 || noParentList)) {
		throw new SegmentFailure(
			'"Segment IDs" cannot be combined with a parent-list filter',
			'SendGrid would ignore the parent lists. Remove "Segment IDs", or "Parent List IDs" and "Without Parent List".',
		);
	}
	if (parentListIds.length > MAX_PARENT_LISTS) {
		throw new SegmentFailure(
			`"Parent List IDs" holds ${parentListIds.length} lists`,
			`SendGrid filters by at most ${MAX_PARENT_LISTS} lists at a time. Use several items, each with some of them.`,
		);
	}
	const query = new URLSearchParams(ids.map((id): [string, string] => ['ids', id]));
	if (parentListIds.length > 0) query.set('parent_list_ids', parentListIds.join(','));
	if (noParentList) query.set('no_parent_list_id', 'true');
	return query;
}

const plan: Plan<Input, Segment[]> = {
	concurrency: 50,
	checks: (parameters) => {
		const given = parameters('filters', {});
		const filters = isObject(given) ? given : {};
		const returnAll = checkedBoolean(parameters('returnAll', false), 'Return All');
		return {
			limit: returnAll ? Infinity : checkedNumber(parameters('limit', 50), 'Limit', { min: 1 }),
			simplify: checkedBoolean(parameters('simplify', true), 'Simplify'),
			query: queryOf(filters),
			nameContains: String(filters.nameContains ?? ''),
		};
	},
	request: async (sender, { limit, query, nameContains: text }) => {
		const found: Segment[] = [];
		for await (const page of pagesOf(sender, segmentList, 'results', query)) {
			found.push(...(page as Segment[]).filter((segment) => nameContains(segment, text)));
			if (found.length >= limit) break;
		}
		return found.slice(0, limit);
	},
	output: (segments, { simplify }) => segments.map(simplify ? simplified : withoutContactsSample),
};

export const getManySegments: INodePropertyOptions = {
	name: 'Get Many Segments',
	value: 'getAll',
	action: 'Get many segments',
	description: 'List segments, all of them or those that match the filters',
	routing: routingOf(segmentList, plan),
};

const showOnlyForGetMany = { operation: ['getAll'] };

export const getAllFields: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		displayOptions: { show: showOnlyForGetMany },
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		default: 50,
		typeOptions: { minValue: 1 },
		displayOptions: { show: { ...showOnlyForGetMany, returnAll: [false] } },
		description: 'Max number of results to return',
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add filter',
		default: {},
		displayOptions: { show: showOnlyForGetMany },
		options: [
			{
				displayName: 'Name Contains',
				name: 'nameContains',
				type: 'string',
				default: '',
				placeholder: 'e.g. newsletter',
				description: 'Return only segments whose name holds this text, in any letter case',
			},
			{
				displayName: 'Parent List IDs',
				name: 'parentListIds',
				type: 'string',
				default: '',
				placeholder: 'e.g. 1588e03b-50aa-454a-97d1-e1530345a5ec',
				description:
					'Return only segments built on one of these lists: up to 50 list IDs, separated by commas',
			},
			{
				displayName: 'Segment IDs',
				name: 'ids',
				type: 'string',
				default: '',
				placeholder: 'e.g. 1588e03b-50aa-454a-97d1-e1530345a5ec',
				description:
					'Return only these segments: their IDs, separated by commas. Cannot be combined with parent-list filters.',
			},
			{
				displayName: 'Without Parent List',
				name: 'noParentList',
				type: 'boolean',
				default: true,
				description:
					'Whether to return segments that are built on no list. Together with Parent List IDs, both kinds are returned.',
			},
		],
	},
];
