import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { type Fault, type LoggedRequest, type Simulator, startSimulator } from '../../simulator';
import { expectations } from '../contract/expectations';
import { OWN_EMAIL, SEGMENTS } from '../contract/guard';

let simulator: Simulator;
let folder: string;

beforeAll(async () => {
	simulator = await startSimulator({ updateTooSoon: { status: 429 } });
});

beforeEach(async () => {
	simulator.reset();
	simulator.addList({ name: 'Ladies of Rome' });
	simulator.addList({ name: 'Gentlemen of Rome' });
	simulator.addSegment({ name: 'Senators', contacts_count: 48_112 });
	simulator.addSegment({ name: 'Copy of n8n-live-1' });
	simulator.addSingleSend({ name: 'Ides of March', send_at: '2099-03-15T12:00:00Z' });
	folder = await mkdtemp(path.join(tmpdir(), 'live-'));
});

afterEach(async () => await rm(folder, { recursive: true }));
afterAll(async () => await simulator.stop());

/** The command as a user starts it, except that it does not wait. */
function start(
	args: string[],
	{ key = simulator.keys.full, input = '', program = 'cliWithoutWaiting.ts' } = {},
) {
	const child = spawn(
		process.execPath,
		['--import', 'tsx', path.join(__dirname, program), ...args],
		{
			cwd: path.join(__dirname, '../..'),
			env: { PATH: process.env.PATH, SENDGRID_API_KEY: key, SENDGRID_BASE_URL: simulator.url },
		},
	);
	child.stdin.end(input);
	const finished = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]).then(
		([[exitCode], out, errors]) => ({ exitCode: exitCode as number | null, output: out + errors }),
	);
	return { child, finished };
}

async function run(args: string[], options?: Parameters<typeof start>[1]) {
	return await start(args, options).finished;
}

const out = () => path.join(folder, 'answers');

/** What the report says about each check, by its ID. */
async function resultsInReport(): Promise<Record<string, string>> {
	const report = await readFile(path.join(out(), 'report.md'), 'utf8');
	const rows = report.split('\n').filter((line) => /^\| [a-z]+(-[a-z]+)* \|/.test(line));
	return Object.fromEntries(
		rows
			.map((line) => line.split(' | '))
			.map((cells) => [cells[0].slice(2), cells[cells.length - 1].replace(' |', '')]),
	);
}

async function filesInFolder(): Promise<string> {
	const names = await readdir(out());
	const texts = await Promise.all(names.map((name) => readFile(path.join(out(), name), 'utf8')));
	return texts.join('\n');
}

const namesOfSegments = () => [...simulator.segments.values()].map(({ name }) => name);
const changes = () =>
	simulator.log.filter(
		({ method, pathname }) => method !== 'GET' && !/\/search(\/emails)?$/.test(pathname),
	);

/** Resolves when such a request arrives, which is then never answered. */
function hangOn(match: (request: LoggedRequest) => boolean): Promise<void> {
	return new Promise((resolve) => {
		simulator.fault({
			hang: true,
			match: (request) => {
				const isIt = match(request);
				if (isIt) resolve();
				return isIt;
			},
		});
	});
}

/** The first read of a segment, by when segments have been created. */
const isReadOfOne = ({ method, pathname }: LoggedRequest) =>
	method === 'GET' && pathname.startsWith(`${SEGMENTS}/`);

test('a whole run finds everything in the simulator as assumed, deletes what it created, and publishes nothing of the account', async () => {
	const { exitCode, output } = await run(['--yes', '--refresh', '--contacts', '--out', out()]);
	expect(output).toContain(
		`Of ${expectations.length} checks, ${expectations.length} came out as assumed (`,
	);
	expect(output).toContain('0 differ and 0 saw nothing.');
	expect(exitCode).toBe(0);
	const same = Object.fromEntries(expectations.map(({ id }) => [id, 'same']));
	expect(await resultsInReport()).toEqual(same);

	expect(namesOfSegments()).toEqual(['Senators', 'Copy of n8n-live-1']);
	expect(simulator.contacts.size).toBe(0);
	expect(simulator.accountRefreshesUsed).toBeLessThanOrEqual(2);

	const published = await filesInFolder();
	for (const secret of simulator.keys.full.split('.').slice(1)) {
		expect(published).not.toContain(secret);
		expect(output).not.toContain(secret);
	}
	for (const name of ['Rome', 'Senators', 'Ides', '48112']) {
		expect(published).not.toContain(name);
		expect(output).not.toContain(name);
	}
	for (const { id } of [...simulator.segments.values(), ...simulator.lists.values()]) {
		expect(published).not.toContain(id);
	}
});

test('yes starts it, and the answers have the form of the recorded ones', async () => {
	const { exitCode } = await run(['--out', out()], { input: 'y\n' });
	expect(exitCode).toBe(0);
	const answers = JSON.parse(await readFile(path.join(out(), 'answers.json'), 'utf8'));
	expect(answers['a segment is deleted']).toEqual({
		request: expect.stringMatching(/^DELETE \/v3\/marketing\/segments\/2\.0\/00000000-/),
		status: 202,
		headers: expect.objectContaining({
			'content-type': 'application/json',
			'x-ratelimit-limit': '600',
		}),
		body: '',
	});
	expect(answers['a segment is created']).toMatchObject({
		request: expect.stringMatching(/^POST \/v3\/marketing\/segments\/2\.0 \{"name":"n8n-live-/),
		status: 201,
		body: { contacts_count: 0, status: { query_validation: 'VALID' } },
	});
});

test('without options it refreshes nothing, touches no contact, and says so in the table', async () => {
	const { exitCode } = await run(['--yes', '--out', out()]);
	expect(exitCode).toBe(0);
	expect(simulator.requests('POST', '/refresh/')).toEqual([]);
	expect(simulator.requests('PUT')).toEqual([]);
	const results = await resultsInReport();
	for (const { id, needs } of expectations) {
		if (needs) expect(results[id]).toBe('not seen');
	}
	expect(results.create).toBe('same');
});

describe('it does nothing', () => {
	test('without a key, and says how to get one', async () => {
		const { exitCode, output } = await run(['--yes'], { key: '', program: 'cli.ts' });
		expect(exitCode).toBe(1);
		expect(output).toContain('Settings > API Keys');
		expect(simulator.log).toEqual([]);
	});

	test.each(['', 'n\n', 'maybe\n'])(
		'unless the answer to its question is yes: %j',
		async (input) => {
			const { exitCode, output } = await run(['--refresh', '--out', out()], { input });
			expect(exitCode).toBe(1);
			expect(output).toContain('create up to 5 segments named n8n-live-');
			expect(output).toContain('Nothing was done.');
			expect(simulator.log).toEqual([]);
		},
	);

	test.each([
		['revoked', 'SendGrid rejected the API key (401)'],
		['noMarketing', 'The API key may not read segments (403)'],
	] as const)('with a key that is %s', async (name, message) => {
		const { exitCode, output } = await run(['--yes', '--out', out()], {
			key: simulator.keys[name],
		});
		expect(exitCode).toBe(1);
		expect(output).toContain(message);
		expect(changes()).toEqual([]);
	});

	test('where fewer than ten segments are free', async () => {
		simulator.addSegments(189);
		const { exitCode, output } = await run(['--yes', '--out', out()]);
		expect(exitCode).toBe(1);
		expect(output).toContain('The account has 191 of 200 segments.');
		expect(changes()).toEqual([]);
	});

	test('where the folder has answers already', async () => {
		await mkdir(out());
		await writeFile(path.join(out(), 'answers.json'), '{}');
		const { exitCode, output } = await run(['--yes', '--out', out()]);
		expect(exitCode).toBe(1);
		expect(output).toContain('Choose another folder');
		expect(simulator.log).toEqual([]);
	});
});

test.each(['SIGINT', 'SIGTERM'] as const)(
	'%s in the middle, twice as npm sends it, deletes what was created',
	async (signal) => {
		const reading = hangOn(isReadOfOne);
		const { child, finished } = start(['--yes', '--out', out()]);
		await reading;
		expect(namesOfSegments().length).toBeGreaterThan(2);
		child.kill(signal);
		child.kill(signal);
		const { exitCode, output } = await finished;
		expect(exitCode).toBe(130);
		expect(output).toContain('Deleted: n8n-live-');
		expect(namesOfSegments()).toEqual(['Senators', 'Copy of n8n-live-1']);
		expect(await readdir(folder)).toEqual([]);
	},
);

test('what a killed run left is deleted by --clean, and nothing else', async () => {
	const searching = hangOn(
		({ method, pathname }) =>
			method === 'POST' && pathname.endsWith('/search/emails') && simulator.contacts.size > 0,
	);
	const { child, finished } = start(['--yes', '--contacts', '--out', out()]);
	await searching;
	child.kill('SIGKILL');
	await finished;
	expect(namesOfSegments().length).toBeGreaterThan(2);
	expect([...simulator.contacts.keys()]).toEqual([OWN_EMAIL]);

	const refused = await run(['--yes', '--contacts', '--out', out()]);
	expect(refused.output).toContain(`The contact ${OWN_EMAIL} exists already`);

	const { exitCode, output } = await run(['--clean', '--yes']);
	expect(exitCode).toBe(0);
	expect(output).toContain('Deleted: n8n-live-');
	expect(namesOfSegments()).toEqual(['Senators', 'Copy of n8n-live-1']);
	expect(simulator.contacts.size).toBe(0);
});

test('what could not be deleted is named, with the command that does', async () => {
	simulator.fault({ match: ({ method }) => method === 'DELETE', status: 503, times: Infinity });
	const { exitCode, output } = await run(['--yes', '--out', out()]);
	expect(exitCode).toBe(1);
	expect(output).toMatch(/Not deleted: n8n-live-\w+-second, n8n-live-\w+-first\n/);
	expect(output).toContain('npm run test:live -- --clean');
});

test('what differs is told in the rows that it concerns, with the answer', async () => {
	const always = (match: Fault['match'], fault: Fault) =>
		simulator.fault({ ...fault, match, times: Infinity });
	always(({ method }) => method === 'DELETE', { apply: 'after', status: 204 });
	always(({ pathname }) => pathname === '/v3/marketing/lists', {
		body: '<html>Ada of Rome</html>',
		contentType: 'text/html',
	});
	always(({ method }) => method === 'PATCH', {
		status: 422,
		body: { errors: [{ field: 'name', message: 'ada@rome.example may not do this' }] },
	});
	always(({ pathname }) => pathname.endsWith('/singlesends/search'), { drop: 'beforeAnswer' });

	const { exitCode, output } = await run(['--yes', '--out', out()]);
	expect(exitCode).toBe(2);
	const results = await resultsInReport();
	const withResult = (result: string) =>
		Object.keys(results).filter((id) => results[id] === result);
	expect(withResult('different').sort()).toEqual(
		['delete', 'delete-twice', 'lists', 'update-too-soon', 'update-unknown'].sort(),
	);
	expect(withResult('not seen')).toEqual(
		expect.arrayContaining(['single-sends', 'single-sends-found', 'single-send-recipients']),
	);
	const published = await filesInFolder();
	expect(published).toContain('### delete: a segment is deleted');
	expect(published).toContain('422 "contact-1@example.com may not do this"');
	expect(published + output).not.toContain('Rome');
	expect(published + output).not.toContain('rome.example');
});
