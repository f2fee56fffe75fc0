import { DEFAULT_BASE_URL, isSameOrigin, parseBaseUrl } from '../../../credentials/baseUrl';

it.each([
	[undefined, 'https://api.sendgrid.com'],
	[DEFAULT_BASE_URL, 'https://api.sendgrid.com'],
	['https://api.sendgrid.com/', 'https://api.sendgrid.com'],
	[' HTTPS://API.SENDGRID.COM ', 'https://api.sendgrid.com'],
	['https://proxy.example.com:8443/sendgrid//', 'https://proxy.example.com:8443/sendgrid'],
	['https://10.0.0.1', 'https://10.0.0.1'],
	['https://api.sendgrid.com/v3', 'https://api.sendgrid.com'],
	['https://api.sendgrid.com/v3/', 'https://api.sendgrid.com'],
	['https://example.com:443', 'https://example.com'],
	['http://localhost:3000', 'http://localhost:3000'],
	['http://LOCALHOST', 'http://localhost'],
	['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
	['http://127.255.255.254', 'http://127.255.255.254'],
	['http://[::1]:80/', 'http://[::1]'],
	// What the WHATWG URL standard makes of other spellings of the same address.
	['http://127.1', 'http://127.0.0.1'],
	['http://0x7f000001', 'http://127.0.0.1'],
	['http://[0:0:0:0:0:0:0:1]', 'http://[::1]'],
])('%s is %s', (value, baseUrl) => {
	expect(parseBaseUrl(value)).toEqual({ baseUrl });
});

const not = {
	address: /is not a valid URL/,
	https: /must start with https:\/\/ to keep the API key private/,
	bare: /must not contain a user name, "\?" or "#"/,
};

it.each<[unknown, RegExp]>([
	['', not.address],
	['  ', not.address],
	['api.sendgrid.com', not.address],
	['https://', not.address],
	['https://a b.com', not.address],
	[null, not.address],
	[42, not.address],
	[{ href: DEFAULT_BASE_URL }, not.address],
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
])('%s is refused', (value, refusal) => {
	expect(parseBaseUrl(value)).toEqual({
		message: expect.stringMatching(refusal),
		description: expect.stringContaining('Open the credential and correct the Base URL.'),
	});
});

it.each([
	[undefined, true],
	['', true],
	['/v3/scopes', true],
	['v3/scopes', true],
	['https://api.sendgrid.com/v3/scopes', true],
	['HTTPS://API.SENDGRID.COM:443/', true],
	['http://api.sendgrid.com/', false],
	['https://api.sendgrid.com:8443/', false],
	['https://api.sendgrid.com.example.com/', false],
	['https://api.sendgrid.com@example.com/', false],
	['//example.com/', false],
	['\\\\example.com/', false],
	['https://example.com/', false],
])('%s goes to the origin of the credential: %s', (url, expected) => {
	expect(isSameOrigin(url, DEFAULT_BASE_URL)).toBe(expected);
});
