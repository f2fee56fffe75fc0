import { gunzipSync } from 'node:zlib';

import { describeAnswer, describeFields, kindOf, valueAt } from './describe';
import { type Expectation, NotSeen } from './expectation';
import { CONTACTS } from './guard';
import { foundContact } from './contacts';
import type { Session } from './session';

const EXPORTS = `${CONTACTS}/exports`;

type FileType = 'csv' | 'json';

async function startExport(session: Session, segmentId: string, fileType: FileType) {
	return await session.send('POST', EXPORTS, {
		segment_ids: [segmentId],
		file_type: fileType,
		notifications: { email: false },
	});
}

/** Exports the first segment while nobody is in it, once. */
async function started(session: Session) {
	const { id } = await session.segment('first');
	return await session.once('export', () => startExport(session, id, 'csv'));
}

/** The export when it is no longer pending, or after five minutes. */
async function ended(session: Session, start: { body: unknown }) {
	const id = valueAt(start.body, 'id');
	if (typeof id !== 'string') throw new NotSeen('the export gave no ID');
	return await session.poll(
		`${EXPORTS}/${encodeURIComponent(id)}`,
		({ body }) => valueAt(body, 'status') !== 'pending',
		{ notYet: 'the export was pending', times: 30, seconds: 10 },
	);
}

/** The export of the first segment while nobody is in it, when it has ended. */
async function endedEmpty(session: Session) {
	return await session.once('export ended', async () => ended(session, await started(session)));
}

/** The first file of an export: how its URL and its bytes begin, and its text. */
async function downloaded(session: Session, { body }: { body: unknown }) {
	const urls = valueAt(body, 'urls');
	const url: unknown = Array.isArray(urls) ? urls[0] : undefined;
	if (typeof url !== 'string' || !URL.canParse(url)) throw new NotSeen('the export has no file');
	const { status, bytes } = await session.download(url);
	const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
	const text = (isGzip ? gunzipSync(bytes) : bytes).toString();
	return { status, format: isGzip ? 'gzip' : 'not compressed', text };
}

/** Exports the segment with the suite's own contact in it. */
async function exportedContact(session: Session, fileType: FileType) {
	await foundContact(session);
	const { id } = await session.segment('first');
	const file = await downloaded(
		session,
		await ended(session, await startExport(session, id, fileType)),
	);
	const lines = file.text.split('\n').filter((line) => line !== '');
	return { ...file, lines };
}

export const exportsOfNobody: Expectation[] = [
	{
		id: 'export',
		title: 'an export of a segment is started',
		assumed: '202 {id: UUID}',
		source: 'documented',
		run: async (session) => {
			const { status, body } = await started(session);
			return `${status} ${describeFields(body, ['id'])}`;
		},
	},
	{
		id: 'export-empty',
		title: 'the export of an empty segment, when it has ended',
		assumed: '200 {urls: list, completed_at: time, status: "ready", contact_count: 0}',
		source: 'guessed',
		run: async (session) => {
			const answer = await endedEmpty(session);
			return `${answer.status} ${describeFields(answer.body, ['urls', 'completed_at'], ['status', 'contact_count'])}`;
		},
	},
	{
		id: 'export-empty-file',
		title: 'the CSV file of an empty segment',
		assumed: '200, gzip; a line of column names',
		source: 'guessed',
		run: async (session) => {
			const { status, format, text } = await downloaded(session, await endedEmpty(session));
			const lines = text.split('\n').filter((line) => line !== '');
			const [header = ''] = lines;
			const content =
				header.includes('EMAIL') && lines.length === 1
					? 'a line of column names'
					: `${lines.length} lines`;
			return `${status}, ${format}; ${content}`;
		},
	},
	{
		id: 'export-unknown',
		title: 'an export that does not exist',
		assumed: '404 {errors: [{field: null, message: text}]}',
		source: 'guessed',
		run: async (session) =>
			describeAnswer(await session.send('GET', `${EXPORTS}/${session.unknownId}`)),
	},
	{
		id: 'export-unknown-segment',
		title: 'an export of a segment that does not exist is started',
		assumed: '404 {errors: [{field: text, message: text}]}',
		source: 'guessed',
		run: async (session) => describeAnswer(await startExport(session, session.unknownId, 'csv')),
	},
];

export const exportsOfContact: Expectation[] = [
	{
		id: 'export-csv',
		title: 'the CSV file of a segment with one contact',
		assumed: '200, gzip; quoted columns with EMAIL and CONTACT_ID, 1 row',
		source: 'reported',
		needs: 'contacts',
		run: async (session) => {
			const { status, format, lines } = await exportedContact(session, 'csv');
			const [header = '', ...rows] = lines;
			const named = ['EMAIL', 'CONTACT_ID'].filter((name) => header.includes(`"${name}"`));
			return `${status}, ${format}; quoted columns with ${named.join(' and ') || 'neither'}, ${rows.length} row`;
		},
	},
	{
		id: 'export-json',
		title: 'the JSON file of a segment with one contact',
		assumed:
			'200, gzip; 1 line {contact_id: UUID, email: text, created_at: time, updated_at: time}',
		source: 'reported',
		needs: 'contacts',
		run: async (session) => {
			const { status, format, lines } = await exportedContact(session, 'json');
			const contact: unknown = JSON.parse(lines[0] ?? 'null');
			return `${status}, ${format}; ${lines.length} line ${kindOf(contact) === 'object' ? describeFields(contact, ['contact_id', 'email', 'created_at', 'updated_at']) : kindOf(contact)}`;
		},
	},
];
