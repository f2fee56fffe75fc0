import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	ICredentialsExpressionResolveValues,
	IExecuteData,
	IHttpRequestOptions,
	INodeParameters,
} from 'n8n-workflow';
import { n8n } from './n8n';

/** What the credential holds. Further fields are kept: n8n's restriction to domains, for one. */
export type CredentialValues = { apiKey: string; baseUrl: string } & ICredentialDataDecryptedObject;

/**
 * n8n's own helper reads its database; this one gives `values` to every node that asks, with
 * expressions resolved for the item, as n8n does.
 */
export function credentialsHelper(
	{ properties, authenticate }: ICredentialType,
	values: ICredentialDataDecryptedObject,
) {
	class CredentialsHelper extends n8n.ICredentialsHelper {
		getParentTypes = () => [];

		getCredentialsProperties = () => properties;

		getDecrypted = async (
			_additionalData: unknown,
			_credentials: unknown,
			_type: string,
			mode: 'trigger',
			executeData?: IExecuteData,
			_raw?: boolean,
			item?: ICredentialsExpressionResolveValues,
		) => {
			const parameters = values as INodeParameters;
			const known = n8n.NodeHelpers.getNodeParameters(
				properties,
				parameters,
				true,
				false,
				null,
				null,
			);
			const stored = { ...known, ...values } as INodeParameters;
			if (!item) return stored as ICredentialDataDecryptedObject;
			return item.workflow.expression.getParameterValue(
				stored,
				item.runExecutionData,
				item.runIndex,
				item.itemIndex,
				item.node.name,
				item.connectionInputData,
				mode,
				{},
				executeData,
				false,
				stored,
			) as ICredentialDataDecryptedObject;
		};

		authenticate = async (
			credentials: ICredentialDataDecryptedObject,
			_type: string,
			options: unknown,
		) => {
			if (typeof authenticate !== 'function') throw new Error('authenticate is not a function');
			return await authenticate(credentials, options as IHttpRequestOptions);
		};

		preAuthentication = async () => undefined;

		getCredentials = async () => {
			throw new Error('These tests have no stored credentials');
		};

		updateCredentials = async () => {};

		updateCredentialsOauthTokenData = async () => {};
	}
	return new CredentialsHelper();
}
