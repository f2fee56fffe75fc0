import type { FastifyRequest } from 'fastify';

import type { Account } from '../account';
import { MAX_EXPORT_FILE_MB } from '../../nodes/SendGridSegments/limits';
import { asObject } from '../asObject';
import { type EndpointResponse, errorResponse } from '../responses';
import type { Exports } from './exports';

const FIELDS = ['list_ids', 'segment_ids', 'notifications', 'file_type', 'max_file_size'];

/** `POST /v3/marketing/contacts/exports`: without IDs it exports all contacts of the account. */
export function startExport(
	account: Account,
	exports: Exports,
	request: FastifyRequest,
): EndpointResponse {
	const body = request.body === undefined ? {} : asObject(request.body);
	if (!body) return errorResponse(400, null, 'the body must be a JSON object');
	const unknown = Object.keys(body).find((field) => !FIELDS.includes(field));
	if (unknown !== undefined) return errorResponse(400, unknown, `${unknown} is not known`);
	const {
		list_ids: lists = [],
		segment_ids: segments = [],
		file_type: fileType = 'csv',
		max_file_size: maxFileSize = MAX_EXPORT_FILE_MB,
	} = body;
	if (!isTexts(lists)) return errorResponse(400, 'list_ids', 'list_ids must be an array of IDs');
	if (!isTexts(segments)) {
		return errorResponse(400, 'segment_ids', 'segment_ids must be an array of IDs');
	}
	if (fileType !== 'csv' && fileType !== 'json') {
		return errorResponse(400, 'file_type', 'file_type must be csv or json');
	}
	if (!Number.isInteger(maxFileSize) || (maxFileSize as number) < 1) {
		return errorResponse(400, 'max_file_size', 'max_file_size must be a whole number of MB');
	}
	const lower = (ids: string[]) => ids.map((id) => id.toLowerCase());
	if (!lower(lists).every((id) => account.lists.has(id))) {
		return errorResponse(404, 'list_ids', 'list not found');
	}
	if (!lower(segments).every((id) => account.segments.has(id))) {
		return errorResponse(404, 'segment_ids', 'segment not found');
	}
	const selection = account.contacts.select(lower(segments), lower(lists));
	const { id } = exports.start({ fileType, maxFileSize: maxFileSize as number, selection });
	return { status: 202, body: { id } };
}

/** `GET /v3/marketing/contacts/exports/{id}`. */
export function getExport(exports: Exports, request: FastifyRequest): EndpointResponse {
	const { id } = request.params as { id: string };
	const record = exports.records.get(id.toLowerCase());
	return record
		? { status: 200, body: exports.read(record) }
		: errorResponse(404, null, 'export not found');
}

function isTexts(value: unknown): value is string[] {
	return Array.isArray(value) && value.every((part) => typeof part === 'string');
}
