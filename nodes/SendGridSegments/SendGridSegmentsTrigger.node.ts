import {
	NodeConnectionTypes,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
} from 'n8n-workflow';
import { getSegments } from './methods';
import { CREDENTIAL_TYPE } from './transport/credential';
import { subtitle, triggerFields } from './trigger/fields';
import { pollSegments } from './trigger/poll';

export class SendGridSegmentsTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'SendGrid Segments Trigger',
		name: 'sendGridSegmentsTrigger',
		icon: { light: 'file:../../icons/segments.svg', dark: 'file:../../icons/segments.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle,
		// n8n lists this node and the other one as one, with this description.
		description: 'Refresh and manage SendGrid segments, or start a workflow when a segment changes',
		defaults: { name: 'SendGrid Segments Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL_TYPE, required: true }],
		properties: triggerFields,
	};

	methods = {
		loadOptions: { getSegments },
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await pollSegments(this);
	}
}
