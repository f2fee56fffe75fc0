export const DEFAULT_BASE_URL = 'https://api.sendgrid.com';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The address that requests go to, without a trailing slash. The API key travels with every
 * request, so only `https:` is accepted, and `http:` for a loopback host alone.
 *
 * @returns the address, or what is wrong with it, in words for the person who typed it
 */
export function checkedBaseUrl(value: unknown): { baseUrl: string } | { refusal: string } {
	if (value === undefined) return { baseUrl: DEFAULT_BASE_URL };
	const text = typeof value === 'string' ? value.trim() : '';
	if (!URL.canParse(text)) {
		return {
			refusal: `The Base URL of the credential is not a web address. Use ${DEFAULT_BASE_URL}.`,
		};
	}
	const url = new URL(text);
	const isSafe =
		url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
	if (!isSafe) {
		return {
			refusal: `The Base URL of the credential must start with https://, so that the API key stays private. Use ${DEFAULT_BASE_URL}.`,
		};
	}
	if (url.username || url.password || url.search || url.hash) {
		return {
			refusal: `The Base URL of the credential must hold an address only: no user name, no "?" and no "#". Use ${DEFAULT_BASE_URL}.`,
		};
	}
	return { baseUrl: url.origin + url.pathname.replace(/\/+$/, '') };
}
