import {
	UserError,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type ICredentialType,
	type Icon,
	type IHttpRequestOptions,
	type INodeProperties,
} from 'n8n-workflow';
import { checkedBaseUrl, DEFAULT_BASE_URL } from './baseUrl';

const NOT_SENDGRID = `Something answers at this Base URL, but not SendGrid. Use ${DEFAULT_BASE_URL}.`;

export class SendGridSegmentsApi implements ICredentialType {
	name = 'sendGridSegmentsApi';

	displayName = 'SendGrid Segments API';

	icon: Icon = { light: 'file:../icons/segments.svg', dark: 'file:../icons/segments.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-sendgrid-segments/n8n-nodes-sendgrid-segments#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. SG.…',
			description:
				'A SendGrid API key with access to Marketing. Create one in SendGrid under Settings > API Keys.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: DEFAULT_BASE_URL,
			placeholder: `e.g. ${DEFAULT_BASE_URL}`,
			description:
				'Where SendGrid is reached. Leave as it is, unless your requests go through a proxy of your own. Must start with https://. If the test says ECONNREFUSED or ENOTFOUND, nothing answers at this address.',
		},
	];

	/**
	 * A function, not n8n's generic template: a template's expressions are evaluated anew for every
	 * request. It also keeps the host of a request in the hands of the credential.
	 */
	authenticate = async (
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => {
		const checked = checkedBaseUrl(credentials.baseUrl);
		if ('refusal' in checked) throw new UserError(checked.refusal);
		return {
			...requestOptions,
			baseURL: checked.baseUrl,
			headers: {
				...requestOptions.headers,
				Authorization: `Bearer ${String(credentials.apiKey).trim()}`,
			},
		};
	};

	/** Reads a segment that cannot exist: it costs nothing, and 401, 403 and 200 tell keys apart. */
	test: ICredentialTestRequest = {
		request: {
			baseURL: DEFAULT_BASE_URL,
			url: '/v3/marketing/segments/2.0?ids=00000000-0000-4000-8000-000000000000',
			disableFollowRedirect: true,
			timeout: 20_000,
		},
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message: 'SendGrid rejected the API key. Check it, or create a new one in SendGrid.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'The API key is valid, but has no access to Marketing. Give it "Full Access", or "Marketing" under "Restricted Access", in SendGrid.',
				},
			},
			{ type: 'responseCode', properties: { value: 404, message: NOT_SENDGRID } },
			{
				type: 'responseSuccessBody',
				properties: { key: 'results', value: undefined, message: NOT_SENDGRID },
			},
			// n8n goes by the type of each rule; only their declared type wants all to be of one.
		] as ICredentialTestRequest['rules'],
	};
}
