import type { IAllExecuteFunctions, ICredentialDataDecryptedObject } from 'n8n-workflow';
import { parseBaseUrl } from '../../../credentials/baseUrl';
import { InvalidParameterError } from '../errors';

export const CREDENTIAL_TYPE = 'sendGridSegmentsApi';

/** Longer than any API key. */
const MAX_KEY_CHARACTERS = 500;

/** The credential as one item has it: its fields may be expressions over the item. */
export interface Credential {
	data: ICredentialDataDecryptedObject;
	apiKey: string;
	/** Without a trailing slash. */
	baseUrl: string;
}

/**
 * Decrypts and checks the credential of an item.
 *
 * @throws InvalidParameterError for a base URL that the API key must not be sent to, and for a missing or impossible key
 */
export async function readCredential(context: IAllExecuteFunctions): Promise<Credential> {
	const data = await context.getCredentials(CREDENTIAL_TYPE);
	const parsed = parseBaseUrl(data.baseUrl);
	if ('message' in parsed) throw new InvalidParameterError(parsed.message, parsed.description);
	const apiKey = String(data.apiKey ?? '').trim();
	if (apiKey === '') {
		throw new InvalidParameterError(
			"The credential's API Key is empty",
			'Open the credential and enter an API key from SendGrid. If it is an expression, it returned nothing for this item.',
		);
	}
	if (apiKey.length > MAX_KEY_CHARACTERS || !/^[!-~]+$/.test(apiKey)) {
		throw new InvalidParameterError(
			"The credential's API Key contains an invalid character",
			'Open the credential and enter the API key again, without spaces or line breaks.',
		);
	}
	return { data, apiKey, baseUrl: parsed.baseUrl };
}
