import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';

import { MAX_SEGMENTS } from '../../nodes/SendGridSegments/limits';
import { version } from '../../package.json';
import { kindOf, valueAt } from '../contract/describe';
import { NotSeen, type Observation, observe } from '../contract/expectation';
import { expectations } from '../contract/expectations';
import {
	MAX_CREATED_SEGMENTS,
	MAX_REFRESHES,
	NAME_PREFIX,
	OWN_EMAIL,
	SEGMENTS,
} from '../contract/guard';
import { type Answer, Session, type Timing } from '../contract/session';
import { cleanUp, ownContact, ownSegments } from './cleanUp';
import { HOW_TO_GET_A_KEY, type LiveOptions, parseOptions, USAGE } from './options';
import { Redactor } from './redact';
import { count, markdownReport, publishedAnswers, summary, terminalTable } from './report';

const MIN_FREE_SEGMENTS = 10;
const ISSUE_URL =
	'https://github.com/n8n-nodes-sendgrid-segments/n8n-nodes-sendgrid-segments/issues/new?template=sendgrid-answers.yml';
const CLEAN_COMMAND = 'npm run test:live -- --clean';
/** npm passes on a signal that the terminal has sent already. */
const SAME_SIGNAL_MS = 1_000;

const EXIT = { same: 0, notRun: 1, different: 2, interrupted: 130 };

/** Why nothing was begun. */
class Refusal extends Error {
	override name = 'Refusal';
}

class Interruption extends Error {
	override name = 'Interruption';
}

/** A key that the terminal must not show is left out of everything that is printed. */
type Print = (text: string) => void;

interface RunContext {
	options: LiveOptions & { apiKey: string };
	createTiming: (signal?: AbortSignal) => Timing;
	print: Print;
}

/**
 * The command.
 *
 * @param createTiming how a run waits until the signal ends it
 * @returns the exit code
 */
export async function runLive(
	args: string[],
	env: NodeJS.ProcessEnv,
	createTiming: RunContext['createTiming'],
): Promise<number> {
	let options: LiveOptions;
	try {
		options = parseOptions(args, env);
	} catch (error) {
		console.error(`${(error as Error).message}\n\n${USAGE}`);
		return EXIT.notRun;
	}
	if (options.help) {
		console.log(USAGE);
		return EXIT.same;
	}
	const { apiKey } = options;
	if (apiKey === undefined) {
		console.error(HOW_TO_GET_A_KEY);
		return EXIT.notRun;
	}
	const redactor = new Redactor({ apiKey, sentTexts: new Set(), started: new Date() });
	const print: Print = (text) => console.log(redactor.withoutKey(text));
	const context = { options: { ...options, apiKey }, createTiming, print };
	try {
		return options.clean ? await clean(context) : await run(context);
	} catch (error) {
		if (error instanceof Interruption) return EXIT.interrupted;
		if (!(error instanceof Refusal)) throw new Error(redactor.withoutKey(String(error)));
		print(error.message);
		return EXIT.notRun;
	}
}

async function run(context: RunContext): Promise<number> {
	const { options, createTiming, print } = context;
	if (['report.md', 'answers.json'].some((file) => existsSync(path.join(options.out, file)))) {
		throw new Refusal(`${options.out} contains answers already. Choose another folder with --out.`);
	}
	const interrupt = new AbortController();
	const session = new Session({
		...options,
		timing: createTiming(interrupt.signal),
		signal: interrupt.signal,
	});
	print(plan(options, session));
	await confirm(context, 'Start?');

	let interruptedAt = 0;
	const onSignal = () => {
		if (interruptedAt === 0) {
			interruptedAt = Date.now();
			print('\nInterrupted.');
			interrupt.abort(new Interruption());
		} else if (Date.now() - interruptedAt > SAME_SIGNAL_MS) {
			print(`Stopped at once. Delete what is left with ${CLEAN_COMMAND}`);
			process.exit(EXIT.interrupted);
		}
	};
	process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
	const started = new Date();
	const observations: Observation[] = [];
	let isClean = true;
	try {
		await checkAccount(session);
		try {
			print('');
			for (const [index, expectation] of expectations.entries()) {
				const observation = await observe(expectation, session);
				observations.push(observation);
				const number = `${index + 1}`.padStart(`${expectations.length}`.length);
				print(`${number}/${expectations.length} ${expectation.title}: ${observation.outcome}`);
			}
		} finally {
			isClean = await cleanUpAfter(session, context);
		}
	} finally {
		process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
	}
	await publish(session, observations, started, context);
	if (!isClean) return EXIT.notRun;
	return count(observations, 'different') > 0 ? EXIT.different : EXIT.same;
}

function plan({ baseUrl, refresh, contacts, out }: LiveOptions, { namePrefix }: Session): string {
	const lines = [
		'read segments, contact lists, scheduled Single Sends, and the scopes of the key',
		`create up to ${MAX_CREATED_SEGMENTS} segments named ${namePrefix}…, change, export and delete these, and touch no others`,
		refresh
			? `use one of the account's ten refreshes of today, ${MAX_REFRESHES} at most`
			: 'refresh nothing (--refresh allows it)',
		contacts
			? `create the contact ${OWN_EMAIL}, export it, and delete it; it counts as one of the account's contacts until then`
			: 'create or change no contact (--contacts allows one)',
		'send no email, and less than 60 requests a minute',
		`write the answers to ${out}, without the API key, and with IDs, names, addresses and dates replaced`,
	];
	const checks = expectations.filter(
		({ needs }) => needs === undefined || (needs === 'refresh' ? refresh : contacts),
	).length;
	return `This compares what n8n-nodes-sendgrid-segments, a package for n8n, assumes about SendGrid's API
with what ${baseUrl} answers: ${checks} checks in ${contacts ? 'up to fifteen' : refresh ? 'about five' : 'about three'} minutes. It will

${lines.map((line) => `  - ${line}`).join('\n')}

Ctrl+C stops it, and what it created is deleted then, too.`;
}

/** @throws Refusal unless the answer is yes */
async function confirm({ options, print }: RunContext, question: string): Promise<void> {
	if (options.yes) return;
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
	const answer = await Promise.race([terminal.question(`\n${question} (y/N) `), closed]);
	terminal.close();
	if (!/^y(es)?$/i.test(answer.trim())) {
		print('');
		throw new Refusal('Nothing was done. Answer y, or add --yes, to start.');
	}
}

/** @throws Refusal if the account cannot be used, or has too little room */
async function checkAccount(session: Session): Promise<void> {
	const list = await readSegments(session);
	const { used, left } = list;
	const advice =
		left > 0
			? `\n${left} of them were left by an earlier run. Delete them with ${CLEAN_COMMAND}`
			: '';
	if (MAX_SEGMENTS - used < MIN_FREE_SEGMENTS) {
		throw new Refusal(
			`The account has ${used} of ${MAX_SEGMENTS} segments. At least ${MIN_FREE_SEGMENTS} must be free, so nothing was done.${advice}`,
		);
	}
	if (session.allows('contacts') && (await ownContact(session)) !== undefined) {
		throw new Refusal(
			`The contact ${OWN_EMAIL} exists already, so nothing was done. Delete it with ${CLEAN_COMMAND}, and try again a few minutes later.`,
		);
	}
}

/**
 * How many segments the account has, and how many of them earlier runs left.
 *
 * @throws Refusal if they cannot be read
 */
async function readSegments(session: Session): Promise<{ used: number; left: number }> {
	const answer = await session.send('GET', SEGMENTS).catch((error: unknown) => {
		if (error instanceof NotSeen)
			throw new Refusal(`SendGrid could not be reached (${error.message}).`);
		throw error;
	});
	const results = valueAt(answer.body, 'results');
	if (answer.status !== 200 || !Array.isArray(results)) throw new Refusal(notUsable(answer));
	return { used: results.length, left: ownSegments(answer, NAME_PREFIX).length };
}

function notUsable({ status }: Answer): string {
	if (status === 401) {
		return 'SendGrid rejected the API key (401). Check it. For an account in the EU, set SENDGRID_BASE_URL=https://api.eu.sendgrid.com';
	}
	if (status === 403) {
		return 'The API key may not read segments (403). In SendGrid, open Settings > API Keys and give it Marketing with full access.';
	}
	return `The segments could not be read: the answer was ${status}, not SendGrid's list of segments. Nothing was done.`;
}

/** Deletes what the run created, also after an interrupt. */
async function cleanUpAfter(session: Session, context: RunContext): Promise<boolean> {
	const { options, createTiming, print } = context;
	print('\nDeleting what was created …');
	const { deleted, left } = await cleanUp(
		new Session({ ...options, timing: createTiming(), namePrefix: session.namePrefix }),
		{ contact: session.began('upsert') },
	);
	printCleaned(deleted, left, print);
	if (left.length > 0) print(`Delete it in a few minutes with ${CLEAN_COMMAND}`);
	else if (session.signal?.aborted) {
		print(`A request may have been in progress. To be sure that nothing is left: ${CLEAN_COMMAND}`);
	}
	return left.length === 0;
}

function printCleaned(deleted: string[], left: string[], print: Print): void {
	print(deleted.length > 0 ? `Deleted: ${deleted.join(', ')}` : 'There was nothing to delete.');
	if (left.length > 0) print(`Not deleted: ${left.join(', ')}`);
}

/** The command with --clean. */
async function clean(context: RunContext): Promise<number> {
	const { options, createTiming, print } = context;
	print(
		`This deletes the segments whose names begin with ${NAME_PREFIX}, and the contact ${OWN_EMAIL}, from the account at ${options.baseUrl}.`,
	);
	await confirm(context, 'Delete them?');
	const session = new Session({
		...options,
		contacts: true,
		timing: createTiming(),
		namePrefix: NAME_PREFIX,
	});
	await readSegments(session);
	const contact = (await ownContact(session)) !== undefined;
	const { deleted, left } = await cleanUp(session, { contact });
	printCleaned(deleted, left, print);
	return left.length === 0 ? EXIT.same : EXIT.notRun;
}

/** Prints the table, and writes what can be published. */
async function publish(
	{ records }: Session,
	observations: Observation[],
	started: Date,
	{ options, print }: RunContext,
): Promise<void> {
	const { apiKey, baseUrl, out, refresh, contacts } = options;
	const sentTexts = new Set(records.flatMap(({ request }) => textsIn(request.body)));
	const redactor = new Redactor({ apiKey, sentTexts, started });
	const answers = publishedAnswers(records, redactor);
	const publishable = observations.map((observation) => ({
		...observation,
		seen: redactor.sentence(observation.seen),
	}));
	const facts = [
		`n8n-nodes-sendgrid-segments ${version}, Node.js ${process.version}`,
		`Address: ${isSendGrid(baseUrl) ? baseUrl : "not SendGrid's own (SENDGRID_BASE_URL)"}`,
		`Options: ${[refresh && '--refresh', contacts && '--contacts'].filter(Boolean).join(' ') || 'none'}`,
	];
	const files = {
		'report.md': markdownReport(publishable, answers, facts),
		'answers.json': `${JSON.stringify(answers, null, '\t')}\n`,
	};
	print(`\n${terminalTable(publishable, process.stdout.columns ?? 120)}`);
	print(`\n${summary(publishable)}`);
	await mkdir(out, { recursive: true });
	for (const [name, text] of Object.entries(files)) {
		await writeFile(path.join(out, name), redactor.withoutKey(text), { flag: 'wx' });
	}
	print(`
In the table, words like text, number, time, UUID, list and missing stand for any value of that kind.
The answers are in
  ${path.join(out, 'report.md')}     the table, and the answers that differ
  ${path.join(out, 'answers.json')}  all answers
The API key is in neither, and IDs, names, addresses and dates were replaced. Read them before you publish them.`);
	if (!isSendGrid(baseUrl)) return;
	print(`
Everything seen here helps, above all what differs and what was a guess. To share it, open
  ${ISSUE_URL}
paste report.md into the form, and attach answers.json.`);
}

function isSendGrid(baseUrl: string): boolean {
	return new URL(baseUrl).hostname.endsWith('.sendgrid.com');
}

/** All texts in a JSON value, IDs aside. */
function textsIn(value: unknown): string[] {
	if (typeof value === 'string') return kindOf(value) === 'UUID' ? [] : [value];
	return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
