import Table from 'cli-table3';

import type { Observation, Outcome } from '../contract/expectation';
import type { RecordedAnswer } from '../contract/session';
import type { Redactor } from './redact';

/** As in `test/simulator/recorded/answers.json`. */
interface PublishedAnswer {
	request: string;
	status: number;
	headers: Record<string, string>;
	body: unknown;
}

/** The answers, fit to be published, by what was looked at. */
export function publishedAnswers(
	records: RecordedAnswer[],
	redactor: Redactor,
): Record<string, PublishedAnswer> {
	const answers: Record<string, PublishedAnswer> = {};
	for (const { title, request, answer } of records) {
		let name = title;
		for (let n = 2; name in answers; n++) name = `${title}, answer ${n}`;
		const sent =
			request.body === undefined ? '' : ` ${JSON.stringify(redactor.json(request.body))}`;
		const { status, headers, text, body } = answer;
		answers[name] = {
			request: `${request.method} ${redactor.path(request.path)}${sent}`,
			status,
			headers: redactor.headers(headers),
			body:
				body === undefined ? text && `(${text.length} characters, not JSON)` : redactor.json(body),
		};
	}
	return answers;
}

const ORDER: Outcome[] = ['same', 'not seen', 'different'];

export const count = (observations: Observation[], outcome: Outcome): number =>
	observations.filter((observation) => observation.outcome === outcome).length;

/** A table for the terminal. What differs comes last, where it is read first. */
export function terminalTable(observations: Observation[], columns: number): string {
	const width = Math.max(columns, 80) - 5;
	const [check, text, result] = [0.26, 0.31, 0.12].map((part) => Math.floor(width * part));
	const table = new Table({
		head: ['Check', 'Assumed', 'Seen', 'Result'],
		colWidths: [check, text, text, Math.max(result, 11)],
		wordWrap: true,
		style: { head: [], border: [] },
	});
	const sorted = ORDER.flatMap((outcome) =>
		observations.filter((observation) => observation.outcome === outcome),
	);
	for (const { expectation, seen, outcome } of sorted) {
		const { title, assumed, source } = expectation;
		table.push([title, `${assumed} (${source})`, outcome === 'same' ? 'the same' : seen, outcome]);
	}
	return table.toString();
}

export function summary(observations: Observation[]): string {
	const [same, notSeen, different] = ORDER.map((outcome) => count(observations, outcome));
	const guesses = observations.filter(
		({ outcome, expectation }) => outcome === 'same' && expectation.source === 'guessed',
	).length;
	return `Of ${observations.length} checks, ${same} came out as assumed (${guesses} of them had been guesses), ${different} differ and ${notSeen} saw nothing.`;
}

/** A Markdown page that can be pasted into an issue. */
export function markdownReport(
	observations: Observation[],
	answers: Record<string, PublishedAnswer>,
	facts: string[],
): string {
	const rows = observations.map(({ expectation, seen, outcome }) =>
		row(expectation.id, expectation.title, expectation.assumed, expectation.source, seen, outcome),
	);
	const details = observations
		.filter(({ outcome }) => outcome === 'different')
		.flatMap(({ expectation: { id, title } }) => [
			`### ${id}: ${title}`,
			...Object.entries(answers)
				.filter(([name]) => name === title || name.startsWith(`${title}, answer `))
				.map(([, answer]) => codeBlock(answer)),
		]);
	return [
		'# What the real SendGrid answered',
		facts.map((fact) => `- ${fact}`).join('\n'),
		summary(observations),
		EXPLANATION,
		[
			row('ID', 'Check', 'Assumed', 'Source', 'Seen', 'Result'),
			row('---', '---', '---', '---', '---', '---'),
			...rows,
		].join('\n'),
		...(details.length > 0 ? ['## Answers that differ', ...withinIssue(details)] : []),
		'',
	].join('\n\n');
}

const EXPLANATION = `"Assumed" is what this package and its simulator expect SendGrid to answer: the HTTP status and the body, in which words like text, number, time, UUID, list and missing stand for any value of that kind. Its source is a recorded answer, SendGrid's documentation, a report by others, or a guess. "Seen" is what this account got. All answers are in \`answers.json\`, by the text under "Check"; IDs, names, addresses and dates in them were replaced.`;

/** GitHub takes 65,536 characters in an issue. */
function withinIssue(details: string[]): string[] {
	let left = 35_000;
	const fitting = details.filter((part) => (left -= part.length) > 0);
	return fitting.length === details.length ? details : [...fitting, 'More are in `answers.json`.'];
}

function row(...cells: string[]): string {
	return `| ${cells.map((cell) => cell.replace(/[|<>\\`]/g, '\\$&').replace(/\s+/g, ' ')).join(' | ')} |`;
}

function codeBlock(answer: PublishedAnswer): string {
	return `\`\`\`json\n${JSON.stringify(answer, null, '\t').replaceAll('```', '` ` `')}\n\`\`\``;
}
