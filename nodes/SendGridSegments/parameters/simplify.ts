import type { INodeProperties } from 'n8n-workflow';
import type { GetParameter } from '../utils';
import { parseBoolean } from './values';

export const simplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	displayOptions: { show: { operation: ['create', 'get', 'getAll', 'update', 'upsert'] } },
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

export function parseSimplify(getParameter: GetParameter): boolean {
	return parseBoolean(getParameter('simplify', true), 'Simplify');
}
