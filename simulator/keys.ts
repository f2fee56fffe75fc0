import { createHash } from 'node:crypto';

import { type EndpointResponse, errorResponse } from './responses';

export interface SimulatorKeys {
	/** May do everything. */
	full: string;
	/** May do everything, too, on the same account; with a rate limit of its own. */
	second: string;
	/** Has no Marketing scope: 403 from every marketing endpoint. */
	noMarketing: string;
	/** Of a free plan: 403 on refresh. */
	freePlan: string;
	/** Gets 401. */
	revoked: string;
}

/** Looks like a SendGrid key; the same on every start, so that stored credentials stay good. */
function apiKey(name: string): string {
	const characters = createHash('sha512').update(`simulator ${name}`).digest('base64url');
	return `SG.${characters.slice(0, 22)}.${characters.slice(22, 65)}`;
}

export const keys: SimulatorKeys = {
	full: apiKey('full'),
	second: apiKey('second'),
	noMarketing: apiKey('noMarketing'),
	freePlan: apiKey('freePlan'),
	revoked: apiKey('revoked'),
};

const OTHER_SCOPES = ['mail.send', 'user.profile.read'];
const MARKETING_SCOPES = ['marketing.read', 'marketing.update'];

export interface KeyRights {
	scopes: string[];
	marketing: boolean;
	manualRefresh: boolean;
}

function rights(marketing: boolean, manualRefresh: boolean): KeyRights {
	const scopes = marketing ? [...OTHER_SCOPES, ...MARKETING_SCOPES] : OTHER_SCOPES;
	return { scopes, marketing, manualRefresh };
}

const rightsOfKeys = new Map<string, KeyRights>([
	[keys.full, rights(true, true)],
	[keys.second, rights(true, true)],
	[keys.noMarketing, rights(false, false)],
	[keys.freePlan, rights(true, false)],
]);

/** The rights of the key in an `Authorization` header, or the response that refuses it. */
export function authenticate(authorization: string | undefined): KeyRights | EndpointResponse {
	const key = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
	if (key === undefined) return errorResponse(401, null, 'authorization required');
	return (
		rightsOfKeys.get(key) ??
		errorResponse(401, null, 'The provided authorization grant is invalid, expired, or revoked')
	);
}
