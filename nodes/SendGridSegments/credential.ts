import type { IAllExecuteFunctions, ICredentialDataDecryptedObject } from 'n8n-workflow';
import { checkedBaseUrl } from '../../credentials/baseUrl';
import { SegmentFailure } from './failures';

export const CREDENTIAL_TYPE = 'sendGridSegmentsApi';

/** The credential of a run, decrypted once. */
export interface Credential {
	data: ICredentialDataDecryptedObject;
	apiKey: string;
}

/**
 * Decrypts and checks the credential.
 *
 * @throws SegmentFailure for a base URL that the API key must not travel to, and for no or an impossible key
 */
export async function readCredential(context: IAllExecuteFunctions): Promise<Credential> {
	const data = await context.getCredentials(CREDENTIAL_TYPE);
	const checked = checkedBaseUrl(data.baseUrl);
	if ('refusal' in checked) {
		throw new SegmentFailure(checked.refusal, 'Open the credential and correct the Base URL.');
	}
	const apiKey = String(data.apiKey ?? '').trim();
	if (apiKey === '') {
		throw new SegmentFailure(
			'The API Key of the credential is empty',
			'Open the credential and enter an API key from SendGrid.',
		);
	}
	if (!/^[!-~]+$/.test(apiKey)) {
		throw new SegmentFailure(
			'The API Key of the credential holds a character that no API key has',
			'Open the credential and enter the API key again, without spaces or line breaks.',
		);
	}
	return { data, apiKey };
}
