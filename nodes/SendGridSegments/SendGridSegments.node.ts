import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { DEFAULT_BASE_URL } from '../../credentials/baseUrl';
import { CREDENTIAL_TYPE } from './credential';
import { searchLists, searchSegments, searchTimeZones } from './listSearch';
import { operationFields, operations } from './operations';
import { segmentIdField } from './segmentId';
import { timeZoneField } from './timeZoneField';

export class SendGridSegments implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'SendGrid Segments',
		name: 'sendGridSegments',
		icon: { light: 'file:../../icons/segments.svg', dark: 'file:../../icons/segments.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { create: "Create", delete: "Delete", get: "Get", getAll: "Get Many", refresh: "Refresh", update: "Update" }[$parameter["operation"]] }}',
		// Without a Resource field, this is all that an agent is told of the tool. So it has the warning.
		description:
			'Create, read, update, refresh and permanently delete segments in SendGrid Marketing Campaigns',
		defaults: { name: 'SendGrid Segments' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL_TYPE, required: true }],
		requestDefaults: {
			// A constant: an expression would be evaluated for every item. The credential has the last word.
			baseURL: DEFAULT_BASE_URL,
			headers: { Accept: 'application/json' },
		},
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				options: operations,
				default: 'refresh',
			},
			segmentIdField,
			timeZoneField,
			...operationFields,
		],
	};

	methods = { listSearch: { searchLists, searchSegments, searchTimeZones } };
}
