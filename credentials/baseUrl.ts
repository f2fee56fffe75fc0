/** The address of SendGrid's API, and of its API for accounts in the EU. */
export const DEFAULT_BASE_URL = 'https://api.sendgrid.com';
export const EU_BASE_URL = 'https://api.eu.sendgrid.com';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Longer than any address. */
const MAX_CHARACTERS = 2048;

/**
 * The URL that requests go to, without a trailing slash and without `/v3`, which many guides add.
 * The API key is sent with every request, so only `https:` is accepted, and `http:` for a loopback
 * host only.
 *
 * @param value of the credential; `undefined` if it has no such field
 * @returns the URL, or what is wrong with it and what to do
 */
export function parseBaseUrl(
	value: unknown,
): { baseUrl: string } | { message: string; description: string } {
	const description = `Open the credential and choose the Base URL: ${DEFAULT_BASE_URL}, or ${EU_BASE_URL} for an account in the EU.`;
	const text = typeof value === 'string' ? value.trim().slice(0, MAX_CHARACTERS) : '';
	if (text === '') {
		return {
			message: "The credential's Base URL is empty",
			description: `${description} If it is an expression, it returned nothing for this item.`,
		};
	}
	if (!URL.canParse(text)) {
		return { message: "The credential's Base URL is not a valid URL", description };
	}
	const url = new URL(text);
	const isSafe =
		url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
	if (!isSafe) {
		return {
			message: "The credential's Base URL must start with https:// to keep the API key private",
			description,
		};
	}
	if (url.username || url.password || url.search || url.hash) {
		return {
			message: 'The credential\'s Base URL must not contain a user name, "?" or "#"',
			description,
		};
	}
	let end = url.pathname.length;
	while (url.pathname[end - 1] === '/') end--;
	const path = url.pathname.slice(0, end);
	return { baseUrl: url.origin + (path.endsWith('/v3') ? path.slice(0, -3) : path) };
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
