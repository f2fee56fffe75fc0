import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';
import { DEFAULT_BASE_URL } from '../../credentials/baseUrl';
import { getParentLists, getTimeZones, searchLists, searchSegments } from './methods';
import { hints, nodeProperties, subtitle } from './operations';
import { CREDENTIAL_TYPE } from './transport/credential';

export class SendGridSegments implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'SendGrid Segments',
		name: 'sendGridSegments',
		icon: { light: 'file:../../icons/segments.svg', dark: 'file:../../icons/segments.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle,
		description: 'Manage and refresh segments in SendGrid Marketing Campaigns',
		defaults: { name: 'SendGrid Segments' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL_TYPE, required: true }],
		hints,
		requestDefaults: {
			// A constant: an expression would be evaluated for every item. The credential has the last word.
			baseURL: DEFAULT_BASE_URL,
		},
		properties: nodeProperties,
	};

	methods = {
		listSearch: { searchLists, searchSegments },
		loadOptions: { getParentLists, getTimeZones },
	};
}
