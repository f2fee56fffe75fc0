import { valueAt } from '../contract/describe';
import { CONTACTS, OWN_EMAIL, SEGMENTS } from '../contract/guard';
import type { Answer, Session } from '../contract/session';

interface OwnThing {
	id: string;
	name: string;
}

const ROUNDS = 3;

/** The listed segments whose names begin with the prefix. */
export function ownSegments({ body }: Answer, prefix: string): OwnThing[] {
	const results = valueAt(body, 'results');
	return (Array.isArray(results) ? (results as unknown[]) : []).flatMap((segment) => {
		const [id, name] = [valueAt(segment, 'id'), valueAt(segment, 'name')];
		return typeof id === 'string' && typeof name === 'string' && name.startsWith(prefix)
			? [{ id, name }]
			: [];
	});
}

/** The ID of the suite's own contact, if there is one now. */
export async function ownContact(session: Session): Promise<string | undefined> {
	const { body } = await session.send('POST', `${CONTACTS}/search/emails`, { emails: [OWN_EMAIL] });
	const id = valueAt(body, 'result', OWN_EMAIL, 'contact', 'id');
	return typeof id === 'string' ? id : undefined;
}

/**
 * Deletes the session's segments by their names, and its contact.
 *
 * @returns the names of what was deleted, and of what may still be there
 */
export async function cleanUp(
	session: Session,
	{ contact }: { contact: boolean },
): Promise<{ deleted: string[]; left: string[] }> {
	const deleted = new Map<string, string>();
	let left: OwnThing[] = [];
	for (let round = 1; round <= ROUNDS; round++) {
		const list = await session.send('GET', SEGMENTS).catch(() => undefined);
		if (list?.status !== 200) {
			left = [{ id: '', name: `segments named ${session.namePrefix}…` }];
			continue;
		}
		// The list may still show what was deleted a moment ago.
		left = ownSegments(list, session.namePrefix).filter(({ id }) => !deleted.has(id));
		if (left.length === 0) break;
		for (const { id, name } of left) {
			if (await isDeleted(session, `${SEGMENTS}/${id}`)) deleted.set(id, name);
		}
		left = left.filter(({ id }) => !deleted.has(id));
		if (left.length === 0) break;
	}
	const names = { deleted: [...deleted.values()], left: left.map(({ name }) => name) };
	if (!contact) return names;
	const id = await ownContact(session).catch(() => undefined);
	const isGone = id !== undefined && (await isDeleted(session, `${CONTACTS}?ids=${id}`));
	names[isGone ? 'deleted' : 'left'].push(`the contact ${OWN_EMAIL}`);
	return names;
}

async function isDeleted(session: Session, path: string): Promise<boolean> {
	const answer = await session.send('DELETE', path).catch(() => undefined);
	if (answer === undefined) return false;
	return answer.status === 404 || (answer.status >= 200 && answer.status < 300);
}
