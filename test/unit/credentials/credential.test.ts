import { NodeHelpers, type IAllExecuteFunctions, type IHttpRequestOptions } from 'n8n-workflow';
import { DEFAULT_BASE_URL, EU_BASE_URL } from '../../../credentials/baseUrl';
import { SendGridSegmentsApi } from '../../../credentials/SendGridSegmentsApi.credentials';
import { readCredential } from '../../../nodes/SendGridSegments/transport/credential';

const { authenticate, properties, httpRequestNode } = new SendGridSegmentsApi();

const baseUrl = DEFAULT_BASE_URL;

describe('authenticate', () => {
	const sign = async (options: object, data: object = {}) =>
		await authenticate({ apiKey: ' SG.key\n', baseUrl, ...data }, options as IHttpRequestOptions);

	it('adds the key and the base URL, and has the key stay behind at a redirect elsewhere', async () => {
		const options = { url: '/v3/scopes', method: 'GET', headers: { Accept: 'a' } };
		expect(await sign(options)).toEqual({
			...options,
			baseURL: 'https://api.sendgrid.com',
			sendCredentialsOnCrossOriginRedirect: false,
			headers: { Accept: 'a', Authorization: 'Bearer SG.key' },
		});
		expect(options.headers).toEqual({ Accept: 'a' });
	});

	it('does not leave the host to the request', async () => {
		const signed = await sign({ url: '/v3', baseURL: 'https://example.com' });
		expect(signed.baseURL).toBe('https://api.sendgrid.com');
	});

	it.each([{ url: 'https://example.com/' }, { url: '/v3', uri: 'https://example.com' }])(
		'refuses to sign %j',
		async (options) => {
			await expect(sign(options)).rejects.toThrow(
				'This credential sends its API key only to https://api.sendgrid.com. Use another credential for other addresses.',
			);
		},
	);

	it.each([undefined, null, '', ' '])('refuses a key that is nothing: %j', async (apiKey) => {
		await expect(sign({ url: '/v3' }, { apiKey })).rejects.toThrow(
			"The credential's API Key is empty",
		);
	});

	it.each([undefined, null, '', ' '])(
		'refuses an address that is nothing, and falls back to no other: %j',
		async (nothing) => {
			await expect(sign({ url: '/v3' }, { baseUrl: nothing })).rejects.toThrow(
				"The credential's Base URL is empty",
			);
		},
	);

	it('signs for the EU what is chosen for the EU', async () => {
		expect(await sign({ url: '/v3' }, { baseUrl: EU_BASE_URL })).toMatchObject({
			baseURL: 'https://api.eu.sendgrid.com',
		});
		await expect(sign({ url: DEFAULT_BASE_URL }, { baseUrl: EU_BASE_URL })).rejects.toThrow(
			'only to https://api.eu.sendgrid.com',
		);
	});

	it('refuses a base URL that the key must not be sent to', async () => {
		await expect(sign({ url: '/v3' }, { baseUrl: 'http://example.com' })).rejects.toThrow(
			/must start with https:\/\/.+\. Open the credential/,
		);
	});
});

describe('readCredential', () => {
	const read = async (data: object) =>
		await readCredential({ getCredentials: async () => data } as unknown as IAllExecuteFunctions);

	it('trims the key', async () => {
		const data = { apiKey: '\tSG.key ', baseUrl: 'https://api.sendgrid.com/v3/' };
		expect(await read(data)).toEqual({
			data,
			apiKey: 'SG.key',
			baseUrl: 'https://api.sendgrid.com',
		});
	});

	it.each([
		[{ apiKey: 'SG.key' }, true],
		[{ apiKey: 'SG.key', baseUrl: 'https://proxy.example.com' }, true],
		[{ apiKey: '={{ $json.key }}' }, undefined],
		[{ apiKey: 'SG.key', baseUrl: '={{ $json.url }}' }, undefined],
		[{ apiKey: '=SG.key', baseUrl: null }, undefined],
		[{ apiKey: null }, true],
		[{ apiKey: '={{ $json.key }}', isSameForAllItems: true }, undefined],
	])('n8n says of %j whether it is the same for all items', (stored, expected) => {
		const given = NodeHelpers.getNodeParameters(properties, stored, true, false, null, null);
		expect(given?.isSameForAllItems).toBe(expected);
	});

	it.each([
		[{}, "The credential's Base URL is empty"],
		[{ apiKey: 'SG.key', baseUrl: null }, "The credential's Base URL is empty"],
		[{ apiKey: 'SG.key', baseUrl: 'x' }, "The credential's Base URL is not a valid URL"],
		[{ baseUrl }, "The credential's API Key is empty"],
		[{ apiKey: null, baseUrl }, "The credential's API Key is empty"],
		[{ apiKey: ' ', baseUrl }, "The credential's API Key is empty"],
		...['SG.a b', 'SG.a\r\nX-Header: b', 'SG.ключ', 'x'.repeat(501)].map(
			(apiKey): [object, string] => [
				{ apiKey, baseUrl },
				"The credential's API Key contains an invalid character",
			],
		),
	])('refuses %j', async (data, message) => {
		await expect(read(data)).rejects.toMatchObject({
			name: 'InvalidParameterError',
			message,
			description: expect.stringMatching(/^Open the credential and /),
		});
	});
});

it('people choose Global or EU without typing an address; n8n can sign requests to Global', () => {
	const field = properties.find(({ name }) => name === 'baseUrl')!;
	expect(field).toMatchObject({
		type: 'options',
		default: DEFAULT_BASE_URL,
		options: [
			{ name: expect.stringMatching(/^Global/), value: DEFAULT_BASE_URL },
			{ name: expect.stringMatching(/^EU/), value: EU_BASE_URL },
		],
	});
	expect(httpRequestNode.apiBaseUrl).toBe(`${DEFAULT_BASE_URL}/v3/`);
});
