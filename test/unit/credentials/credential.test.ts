import { NodeHelpers, type IAllExecuteFunctions, type IHttpRequestOptions } from 'n8n-workflow';
import { SendGridSegmentsApi } from '../../../credentials/SendGridSegmentsApi.credentials';
import { readCredential } from '../../../nodes/SendGridSegments/transport/credential';

const { authenticate } = new SendGridSegmentsApi();

describe('authenticate', () => {
	const sign = async (options: object, data: object = {}) =>
		await authenticate({ apiKey: ' SG.key\n', ...data }, options as IHttpRequestOptions);

	it('adds the key and the base URL, and changes nothing else', async () => {
		const options = { url: '/v3/scopes', method: 'GET', headers: { Accept: 'a' } };
		expect(await sign(options)).toEqual({
			...options,
			baseURL: 'https://api.sendgrid.com',
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
		const { properties } = new SendGridSegmentsApi();
		const given = NodeHelpers.getNodeParameters(properties, stored, true, false, null, null);
		expect(given?.isSameForAllItems).toBe(expected);
	});

	const isEmpty = 'The API Key of the credential is empty';
	const isInvalid =
		'The API Key of the credential contains a character that is not valid in an API key';

	it.each([
		[{}, isEmpty],
		[{ apiKey: null }, isEmpty],
		[{ apiKey: ' ' }, isEmpty],
		[{ apiKey: 'SG.a b' }, isInvalid],
		[{ apiKey: 'SG.a\r\nX-Header: b' }, isInvalid],
		[{ apiKey: 'SG.ключ' }, isInvalid],
		[{ apiKey: 'SG.key', baseUrl: 'x' }, 'The Base URL of the credential is not a valid URL'],
	])('refuses %j', async (data, message) => {
		await expect(read(data)).rejects.toMatchObject({ name: 'InvalidParameterError', message });
	});
});
