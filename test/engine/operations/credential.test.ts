import {
	credentials,
	expectFailure,
	MISSING,
	run,
	runOn,
	sent,
	simulator,
	useSimulator,
} from '../helpers';
import { searchList } from '../harness';

useSimulator();

const port = () => new URL(simulator.url).port;

/** `PORT` stands for the simulator's: were it not for the check, the request would reach it. */
const withBaseUrl = (baseUrl: unknown) => ({
	...credentials(),
	baseUrl: (typeof baseUrl === 'string' ? baseUrl.replace('PORT', port()) : baseUrl) as string,
});

const refused: Array<[unknown, string]> = [
	...[
		'',
		' ',
		'api.sendgrid.com',
		'127.0.0.1',
		'https://',
		'//127.0.0.1:PORT',
		'/v3',
		null,
		42,
	].map((baseUrl): [unknown, string] => [baseUrl, 'is not a valid URL']),
	...[
		'http://api.sendgrid.com',
		'http://example.com:PORT',
		'http://0.0.0.0:PORT',
		'http://localhost.example.com:PORT',
		'http://127.0.0.1.example.com:PORT',
		'http://128.0.0.1',
		'http://127.0.0.1:PORT@example.com',
		'http://[::ffff:127.0.0.1]:PORT',
		'ftp://127.0.0.1:PORT',
		'ws://127.0.0.1:PORT',
		'file:///etc/passwd',
		'javascript:alert(1)',
		'data:text/plain,1',
		'localhost:PORT',
	].map((baseUrl): [unknown, string] => [baseUrl, 'must start with https://']),
	...[
		'http://user@127.0.0.1:PORT',
		'http://user:password@127.0.0.1:PORT',
		'http://:password@127.0.0.1:PORT',
		'https://user:password@api.sendgrid.com',
		'http://127.0.0.1:PORT?a=b',
		'http://127.0.0.1:PORT/#a',
	].map((baseUrl): [unknown, string] => [baseUrl, 'must not contain a user name']),
];

it.each(refused)('%j is refused, and nothing is sent', async (baseUrl, reason) => {
	const values = withBaseUrl(baseUrl);
	const { success, fullRunJson } = await runOn(
		'delete',
		[MISSING, MISSING],
		{},
		{
			credentials: values,
			onError: 'continueRegularOutput',
		},
	);

	expect(success).toHaveLength(2);
	for (const item of success) {
		expectFailure(item, {
			message: expect.stringContaining(`The Base URL of the credential ${reason}`),
			description: expect.stringContaining(
				'Open the credential and correct the Base URL. Use https://api.sendgrid.com.',
			),
		});
	}
	expect(fullRunJson).not.toContain(simulator.keys.full);
	await expect(searchList('searchSegments', { credentials: values })).rejects.toThrow(reason);
	expect(sent()).toEqual([]);
});

it.each([
	'http://127.0.0.1:PORT',
	'http://localhost:PORT',
	'HTTP://LOCALHOST:PORT',
	'http://127.1:PORT',
])('%s is accepted, with slashes and blanks around it', async (baseUrl) => {
	for (const variant of [baseUrl, `${baseUrl}/`, `${baseUrl}///`, ` ${baseUrl}/\n`]) {
		const [{ id }] = simulator.addSegments(1);
		simulator.resetLog();
		const settings = { credentials: withBaseUrl(variant) };
		const { success } = await runOn('get', [id], {}, settings);
		expect(success).toHaveLength(1);
		expect(sent()).toEqual([`GET /v3/marketing/segments/2.0/${id}?contacts_sample=false`]);
	}
});

it.each(['/prefix', '/prefix/', '/a/b c//'])('keeps a path prefix: %s', async (prefix) => {
	await runOn(
		'get',
		[MISSING],
		{},
		{
			credentials: withBaseUrl(`http://127.0.0.1:PORT${prefix}`),
			onError: 'continueRegularOutput',
		},
	);
	const start = prefix.replace(/\/+$/, '').replace(' ', '%20');
	expect(sent()).toEqual([
		`GET ${start}/v3/marketing/segments/2.0/${MISSING}?contacts_sample=false`,
	]);
});

it('goes nowhere but to the host of the credential', async () => {
	const { success } = await run(
		{ operation: 'get', segmentId: MISSING, baseUrl: 'http://example.com', url: '//example.com' },
		{ onError: 'continueRegularOutput' },
	);
	expectFailure(success[0], {
		message: `Segment ${MISSING} does not exist`,
		http_status: 404,
		segment_id: MISSING,
	});
	expect(simulator.log[0].headers.host).toBe(`127.0.0.1:${port()}`);
});

it.each(['', '  '])('refuses an API key that is empty: %j', async (apiKey) => {
	const { success } = await runOn(
		'delete',
		[MISSING],
		{},
		{
			credentials: { ...credentials(), apiKey },
			onError: 'continueRegularOutput',
		},
	);
	expectFailure(success[0], { message: 'The API Key of the credential is empty' });
	expect(sent()).toEqual([]);
});

it('trims the API key', async () => {
	const [{ id }] = simulator.addSegments(1);
	const apiKey = ` ${simulator.keys.full}\n`;
	await runOn('delete', [id], {}, { credentials: { ...credentials(), apiKey } });
	expect(simulator.log[0].headers.authorization).toBe(`Bearer ${simulator.keys.full}`);
});
