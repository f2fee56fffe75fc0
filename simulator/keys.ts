import { createHash } from 'node:crypto';

import { type EndpointResponse, errorResponse } from './responses';

export interface SimulatorKeys {
	/** May do everything. */
	full: string;
	/** May do everything, too, on the same account; with a rate limit of its own. */
	second: string;
	/** Has no Marketing scope: 403 from every marketing endpoint. */
	noMarketing: string;
	/** May only read in Marketing: 403 from every change. */
	readOnly: string;
	/** Of a free plan: 403 on refresh. */
	freePlan: string;
	/** Used from an address that IP Access Management does not allow: 403 from every endpoint. */
	blockedIp: string;
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
	readOnly: apiKey('readOnly'),
	freePlan: apiKey('freePlan'),
	blockedIp: apiKey('blockedIp'),
	revoked: apiKey('revoked'),
};

const OTHER_SCOPES = ['mail.send', 'user.profile.read'];
const MARKETING_SCOPES = {
	none: [],
	read: ['marketing.read'],
	full: ['marketing.read', 'marketing.update'],
};

// They are sent with POST, and change nothing.
const READS = [/\/search$/, /\/search\/emails$/, /\/exports$/];

export interface KeyRights {
	scopes: string[];
	marketing: keyof typeof MARKETING_SCOPES;
	manualRefresh: boolean;
}

function rights(marketing: KeyRights['marketing'], manualRefresh: boolean): KeyRights {
	return { scopes: [...OTHER_SCOPES, ...MARKETING_SCOPES[marketing]], marketing, manualRefresh };
}

const rightsOfKeys = new Map<string, KeyRights>([
	[keys.full, rights('full', true)],
	[keys.second, rights('full', true)],
	[keys.noMarketing, rights('none', false)],
	[keys.readOnly, rights('read', true)],
	[keys.freePlan, rights('full', false)],
]);

/** Whether the key may use an endpoint of Marketing. */
export function mayCall({ marketing }: KeyRights, method: string, url: string): boolean {
	if (marketing !== 'read') return marketing === 'full';
	return method === 'GET' || READS.some((pattern) => pattern.test(url));
}

/** The 403 that a key without the scope gets. */
export function forbidden(): EndpointResponse {
	return errorResponse(
		403,
		null,
		'access forbidden. please ensure you have the correct scopes defined.',
	);
}

/** The rights of the key in an `Authorization` header, or the response that refuses it. */
export function authenticate(authorization: string | undefined): KeyRights | EndpointResponse {
	const key = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
	if (key === undefined) return errorResponse(401, null, 'authorization required');
	if (key === keys.blockedIp) {
		return errorResponse(403, null, 'Your IP address is not whitelisted');
	}
	return (
		rightsOfKeys.get(key) ??
		errorResponse(401, null, 'The provided authorization grant is invalid, expired, or revoked')
	);
}
