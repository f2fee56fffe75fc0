import {
	DEFAULT_BASE_URL,
	EU_BASE_URL,
	isSameOrigin,
	parseBaseUrl,
} from '../../../credentials/baseUrl';

it.each([
	[DEFAULT_BASE_URL, 'https://api.sendgrid.com'],
	[EU_BASE_URL, 'https://api.eu.sendgrid.com'],
	['https://api.sendgrid.com/', 'https://api.sendgrid.com'],
	[' HTTPS://API.SENDGRID.COM ', 'https://api.sendgrid.com'],
	['https://proxy.example.com:8443/sendgrid//', 'https://proxy.example.com:8443/sendgrid'],
	['https://10.0.0.1', 'https://10.0.0.1'],
	['https://example.com:443', 'https://example.com'],
	['http://localhost:3000', 'http://localhost:3000'],
	['http://LOCALHOST', 'http://localhost'],
	['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
	['http://127.255.255.254', 'http://127.255.255.254'],
	['http://[::1]:80/', 'http://[::1]'],
	// Many guides give the URL with the version.
	['https://api.sendgrid.com/v3', 'https://api.sendgrid.com'],
	['https://api.sendgrid.com/v3/', 'https://api.sendgrid.com'],
	['https://proxy.example.com/v3/v3', 'https://proxy.example.com/v3'],
	['https://proxy.example.com/sendgrid-v3', 'https://proxy.example.com/sendgrid-v3'],
	// What the WHATWG URL standard makes of other spellings of the same address.
	['http://127.1', 'http://127.0.0.1'],
	['http://0x7f000001', 'http://127.0.0.1'],
	['http://[0:0:0:0:0:0:0:1]', 'http://[::1]'],
])('%s is %s', (value, baseUrl) => {
	expect(parseBaseUrl(value)).toEqual({ baseUrl });
});

const not = {
	given: "The credential's Base URL is empty",
	url: "The credential's Base URL is not a valid URL",
	https: "The credential's Base URL must start with https:// to keep the API key private",
	bare: 'The credential\'s Base URL must not contain a user name, "?" or "#"',
};

it.each<[unknown, string]>([
	['', not.given],
	['  ', not.given],
	[undefined, not.given],
	[null, not.given],
	[42, not.given],
	[{ href: DEFAULT_BASE_URL }, not.given],
	['api.sendgrid.com', not.url],
	['https://', not.url],
	['https://a b.com', not.url],
	['http://api.sendgrid.com', not.https],
	['http://128.0.0.1', not.https],
	['http://127.0.0.1.example.com', not.https],
	['http://localhost.example.com', not.https],
	['http://example.com/127.0.0.1', not.https],
	['http://127.0.0.1@example.com', not.https],
	['http://0.0.0.0', not.https],
	['http://[::]', not.https],
	['http://[::ffff:127.0.0.1]', not.https],
	['localhost:3000', not.https],
	['ftp://localhost', not.https],
	['ws://localhost', not.https],
	['file:///etc/passwd', not.https],
	['javascript:alert(1)', not.https],
	['https://user@api.sendgrid.com', not.bare],
	['https://:password@api.sendgrid.com', not.bare],
	['https://api.sendgrid.com?a=b', not.bare],
	['https://api.sendgrid.com/#a', not.bare],
	['http://user:password@localhost', not.bare],
])('%s is refused, and says what to choose', (value, message) => {
	const refusal = parseBaseUrl(value) as { message: string; description: string };
	expect(refusal.message).toBe(message);
	expect(refusal.description).toContain(DEFAULT_BASE_URL);
	expect(refusal.description).toContain(EU_BASE_URL);
	expect(refusal.description.includes('it returned nothing for this item')).toBe(
		message === not.given,
	);
});

describe('isSameOrigin', () => {
	it.each<[unknown, boolean]>([
		[undefined, true],
		['', true],
		['/v3/marketing/segments/2.0', true],
		['v3/scopes', true],
		['?ids=x', true],
		['../../v3', true],
		['https://api.sendgrid.com/v3', true],
		['HTTPS://API.SENDGRID.COM/v3', true],
		['https://api.sendgrid.com:443/', true],
		['//api.sendgrid.com/v3', true],
		['/redirect?to=https://example.com', true],
		['https://example.com', false],
		['http://api.sendgrid.com', false],
		['https://api.sendgrid.com:8443', false],
		['https://api.sendgrid.com.example.com', false],
		['https://api.sendgrid.com@example.com', false],
		['https://example.com/https://api.sendgrid.com', false],
		['//example.com', false],
		['///example.com', false],
		['\\\\example.com', false],
		['/\\example.com', false],
		[' https://example.com', false],
		['\thttps://example.com', false],
		['ht\ntps://example.com', false],
		['https:example.com', true],
		['https:\\\\example.com', false],
		['file:///etc/passwd', false],
		['javascript:alert(1)', false],
		['https://', false],
		[new URL('https://example.com'), false],
	])('%j: %s', (url, expected) => {
		expect(isSameOrigin(url, DEFAULT_BASE_URL)).toBe(expected);
	});

	it('goes by the origin of the base URL alone', () => {
		const baseUrl = 'https://proxy.example.com:8443/sendgrid';
		expect(isSameOrigin('https://proxy.example.com:8443/other', baseUrl)).toBe(true);
		expect(isSameOrigin(DEFAULT_BASE_URL, baseUrl)).toBe(false);
	});
});
