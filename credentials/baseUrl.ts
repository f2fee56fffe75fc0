export const DEFAULT_BASE_URL = 'https://api.sendgrid.com';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The URL that requests go to, without a trailing slash and without `/v3`, which many guides add.
 * The API key is sent with every request, so only `https:` is accepted, and `http:` for a loopback
 * host alone.
 *
 * @returns the URL, or what is wrong with it and what to do next
 */
export function parseBaseUrl(
	value: unknown,
): { baseUrl: string } | { message: string; description: string } {
	const description = `Open the credential and correct the Base URL. Use ${DEFAULT_BASE_URL}.`;
	if (value === undefined) return { baseUrl: DEFAULT_BASE_URL };
	const text = typeof value === 'string' ? value.trim() : '';
	if (!URL.canParse(text)) {
		return { message: 'The Base URL of the credential is not a valid URL', description };
	}
	const url = new URL(text);
	const isSafe =
		url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
	if (!isSafe) {
		return {
			message:
				'The Base URL of the credential must start with https:// to keep the API key private',
			description,
		};
	}
	if (url.username || url.password || url.search || url.hash) {
		return {
			message: 'The Base URL of the credential must not contain a user name, "?" or "#"',
			description,
		};
	}
	const path = url.pathname.replace(/\/+$/, '').replace(/\/v3$/, '');
	return { baseUrl: url.origin + path };
}

/**
 * Whether a request, whose URL may be relative to the base URL, goes to the base URL's own origin.
 * The API key is sent nowhere else.
 */
export function isSameOrigin(url: unknown, baseUrl: string): boolean {
	if (url === undefined || url === '') return true;
	const target = String(url);
	return (
		URL.canParse(target, baseUrl) && new URL(target, baseUrl).origin === new URL(baseUrl).origin
	);
}
