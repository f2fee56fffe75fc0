import {
	UserError,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type ICredentialType,
	type Icon,
	type IHttpRequestOptions,
	type INodeProperties,
} from 'n8n-workflow';
import { DEFAULT_BASE_URL, EU_BASE_URL, isSameOrigin, parseBaseUrl } from './baseUrl';

/**
 * Matches text that begins with "=". Of n8n's other conditions, `regex` takes 0.7 ms each time the
 * credential is read, and `startsWith` throws on n8n 1.123 if a field is missing.
 */
const IS_EXPRESSION = { between: { from: '=', to: '=\uffff' } };

const NOT_SENDGRID = 'The server at this Base URL is not SendGrid. Choose Global or EU.';

export class SendGridSegmentsApi implements ICredentialType {
	name = 'sendGridSegmentsApi';

	displayName = 'SendGrid Segments API';

	icon: Icon = { light: 'file:../icons/segments.svg', dark: 'file:../icons/segments.dark.svg' };

	documentationUrl =
		'https://github.com/n8n-nodes-sendgrid-segments/n8n-nodes-sendgrid-segments#credentials';

	httpRequestNode = {
		name: 'SendGrid',
		docsUrl: 'https://www.twilio.com/docs/sendgrid/api-reference',
		apiBaseUrl: `${DEFAULT_BASE_URL}/v3/`,
	};

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. SG.xxxxxxxx',
			description:
				'A SendGrid API key with access to Marketing. Create one in SendGrid under Settings > API Keys. Refreshing segments also requires the Marketing Campaigns Basic or Advanced plan.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'options',
			options: [
				{ name: 'Global (api.sendgrid.com)', value: DEFAULT_BASE_URL },
				{ name: 'EU (api.eu.sendgrid.com)', value: EU_BASE_URL },
			],
			default: DEFAULT_BASE_URL,
			hint: 'ENOTFOUND or ECONNREFUSED in the test means that your n8n cannot reach SendGrid',
			description:
				'Where your SendGrid account is hosted. Most accounts are Global. To use your own proxy, enter its https:// address as an expression.',
		},
		{
			// n8n drops hidden fields before it resolves expressions. So a node does not get this one if,
			// and only if, one of the fields is an expression.
			displayName: 'Is Same for All Items',
			name: 'isSameForAllItems',
			type: 'hidden',
			default: true,
			displayOptions: {
				hide: { apiKey: [{ _cnd: IS_EXPRESSION }], baseUrl: [{ _cnd: IS_EXPRESSION }] },
			},
		},
	];

	/**
	 * A function, not n8n's generic template: a template's expressions are evaluated again for every
	 * request. It leaves the host to the credential, and refuses to sign a request that another
	 * node (HTTP Request, for example) sends elsewhere.
	 */
	authenticate = async (
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => {
		const parsed = parseBaseUrl(credentials.baseUrl);
		if ('message' in parsed) throw new UserError(`${parsed.message}. ${parsed.description}`);
		const { baseUrl } = parsed;
		// Some of n8n's nodes still use the older `uri`.
		const { url, uri } = requestOptions as IHttpRequestOptions & { uri?: string };
		if (!isSameOrigin(url, baseUrl) || !isSameOrigin(uri, baseUrl)) {
			throw new UserError(
				`This credential sends its API key only to ${new URL(baseUrl).origin}. Use another credential for other addresses.`,
			);
		}
		const apiKey = String(credentials.apiKey ?? '').trim();
		if (apiKey === '') throw new UserError("The credential's API Key is empty");
		return {
			...requestOptions,
			baseURL: baseUrl,
			// Otherwise, HTTP Request follows redirects with the key.
			sendCredentialsOnCrossOriginRedirect: false,
			headers: {
				...requestOptions.headers,
				Authorization: `Bearer ${apiKey}`,
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
					message:
						'SendGrid rejected the API key. Check it, or create a new one in SendGrid. For an account in the EU, choose EU as Base URL.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'The API key is valid, but has no access to Marketing. In SendGrid, give it "Full Access", or "Restricted Access" with "Marketing".',
				},
			},
			{ type: 'responseCode', properties: { value: 404, message: NOT_SENDGRID } },
			{
				type: 'responseSuccessBody',
				properties: { key: 'results', value: undefined, message: NOT_SENDGRID },
			},
			// n8n checks each rule's own type; only the declared type requires them to be the same.
		] as ICredentialTestRequest['rules'],
	};
}
