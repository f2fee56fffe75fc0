import { MAX_NAME_CHARACTERS } from '../nodes/SendGridSegments/limits';
import type { Account } from './account';
import { asObject } from './asObject';
import { queryRefusal } from './queryValidator';
import { type EndpointResponse, errorResponse } from './responses';
import { isUuid } from './uuid';

export interface SegmentInput {
	name?: string;
	query_dsl?: string;
	parent_list_ids?: string[] | null;
}

type Field = keyof SegmentInput;

function invalidName(account: Account, name: unknown, ownId?: string): string | undefined {
	if (typeof name !== 'string') return 'name must be a string';
	const characters = [...name].length;
	if (characters < 1 || characters > MAX_NAME_CHARACTERS) {
		return `name must have 1 to ${MAX_NAME_CHARACTERS} characters`;
	}
	for (const segment of account.segments.values()) {
		if (segment.name === name && segment.id !== ownId) return 'name is already in use';
	}
	return undefined;
}

function invalidQuery(query: unknown): string | undefined {
	if (typeof query !== 'string') return 'query_dsl must be a string';
	return query.trim() ? queryRefusal(query) : 'query_dsl must not be blank';
}

function invalidParentLists(ids: unknown): string | undefined {
	if (!Array.isArray(ids) || !ids.every(isUuid))
		return 'parent_list_ids must be an array of list IDs';
	return ids.length > 1 ? 'parent_list_ids must have at most one list ID' : undefined;
}

function inputErrors(checks: Array<[Field, string | undefined]>): EndpointResponse | undefined {
	const errors = checks.flatMap(([field, message]) => (message ? [{ field, message }] : []));
	return errors.length > 0 ? { status: 400, body: { errors } } : undefined;
}

/** The body of Create, or the response that refuses it. */
export function parseCreateInput(
	account: Account,
	body: unknown,
): Required<SegmentInput> | EndpointResponse {
	const input = asObject(body);
	if (!input) return errorResponse(400, null, 'the body must be a JSON object');
	const { name, query_dsl, parent_list_ids = [] } = input;
	const refused = inputErrors([
		['name', invalidName(account, name)],
		['query_dsl', invalidQuery(query_dsl)],
		['parent_list_ids', invalidParentLists(parent_list_ids)],
	]);
	if (refused) return refused;
	const parentLists = (parent_list_ids as string[]).map((id) => id.toLowerCase());
	// The reference lists a 404 without a body for Create; nothing but the parent list can be missing.
	if (!parentLists.every((id) => account.lists.has(id))) return { status: 404 };
	return {
		name: name as string,
		query_dsl: query_dsl as string,
		parent_list_ids: parentLists.length > 0 ? parentLists : null,
	};
}

/** The body of Update, or the response that refuses it. */
export function parseUpdateInput(
	account: Account,
	id: string,
	body: unknown,
): SegmentInput | EndpointResponse {
	const input = asObject(body);
	if (!input) return errorResponse(400, null, 'the body must be a JSON object');
	const fields = Object.keys(input);
	const unknown = fields.find((field) => field !== 'name' && field !== 'query_dsl');
	if (unknown !== undefined) return errorResponse(400, unknown, `${unknown} cannot be updated`);
	if (fields.length === 0) return errorResponse(400, null, 'name or query_dsl is required');
	return (
		inputErrors([
			['name', 'name' in input ? invalidName(account, input.name, id) : undefined],
			['query_dsl', 'query_dsl' in input ? invalidQuery(input.query_dsl) : undefined],
		]) ?? (input as SegmentInput)
	);
}
