import { randomUUID } from 'node:crypto';

import { isRecord, valueAt } from './describe';

/** Segments whose names begin with this were created by the live suite. */
export const NAME_PREFIX = 'n8n-live-';

/** The one contact that the live suite creates. */
export const OWN_EMAIL = `${NAME_PREFIX}contact@example.com`;

export const SEGMENTS = '/v3/marketing/segments/2.0';
export const CONTACTS = '/v3/marketing/contacts';

export const MAX_CREATED_SEGMENTS = 5;
export const MAX_REFRESHES = 2;

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const READABLE = [SEGMENTS, CONTACTS, '/v3/marketing/lists', '/v3/marketing/singlesends'];

export interface Permissions {
	refresh: boolean;
	contacts: boolean;
}

export interface ApiRequest {
	method: string;
	/** With the query string. */
	path: string;
	body?: unknown;
}

/**
 * Decides which requests may leave. What is changed or deleted must be the suite's own: created by it, or
 * shown by SendGrid under a name that begins with the prefix.
 */
export class Guard {
	/** The ID of nothing: it may be used in every request. */
	readonly unknownId: string = randomUUID();

	private readonly ownSegments = new Set<string>([this.unknownId]);
	private readonly ownContacts = new Set<string>();
	private created = 0;
	private refreshed = 0;

	constructor(
		private readonly namePrefix: string,
		private readonly permissions: Permissions,
	) {}

	/**
	 * Counts the request, or says why it must not be sent. A request counts until learn() is told that it
	 * was refused.
	 */
	refuse({ method, path, body }: ApiRequest): string | undefined {
		const { pathname, searchParams } = new URL(path, 'http://localhost');
		const fields = isRecord(body) ? body : {};
		const [id = ''] = UUID.exec(pathname) ?? [];
		const isOwn = this.ownSegments.has(id);

		if (method === 'GET') {
			const isReadable =
				pathname === '/v3/scopes' ||
				READABLE.some((known) => pathname === known || pathname.startsWith(`${known}/`));
			return isReadable ? undefined : 'this address is not read';
		}
		switch (`${method} ${pathname.replace(UUID, '{id}')}`) {
			case `POST ${SEGMENTS}`:
				if (!this.isOwnName(fields.name)) return `the name does not begin with ${this.namePrefix}`;
				if (this.created >= MAX_CREATED_SEGMENTS) {
					return `${MAX_CREATED_SEGMENTS} segments were created already`;
				}
				this.created++;
				return undefined;
			case `PATCH ${SEGMENTS}/{id}`:
				if ('name' in fields && !this.isOwnName(fields.name)) {
					return `the name does not begin with ${this.namePrefix}`;
				}
				return isOwn ? undefined : 'the segment is not one of its own';
			case `DELETE ${SEGMENTS}/{id}`:
				return isOwn ? undefined : 'the segment is not one of its own';
			case `POST ${SEGMENTS}/refresh/{id}`:
				if (!this.permissions.refresh) return 'needs --refresh';
				if (!isOwn) return 'the segment is not one of its own';
				if (id === this.unknownId) return undefined;
				if (this.refreshed >= MAX_REFRESHES) return `${MAX_REFRESHES} refreshes were used already`;
				this.refreshed++;
				return undefined;
			case 'POST /v3/marketing/singlesends/search':
			case `POST ${CONTACTS}/search/emails`:
				return undefined;
			case `POST ${CONTACTS}/exports`:
				return this.isOwnExport(fields) ? undefined : 'the export is not of one segment of its own';
			case `PUT ${CONTACTS}`:
				if (!this.permissions.contacts) return 'needs --contacts';
				return isOwnContact(fields) ? undefined : 'the contact is not its own';
			case `DELETE ${CONTACTS}`:
				return [...searchParams.keys()].join() === 'ids' &&
					this.ownContacts.has(searchParams.get('ids')!)
					? undefined
					: 'the contact is not its own';
			default:
				return 'this request is not known to be harmless';
		}
	}

	/** Takes note of what the response says about the suite's own things. */
	learn({ method, path }: ApiRequest, status: number, body: unknown): void {
		// After a 5xx it may still have been processed.
		const isRefused = status >= 300 && status < 500;
		if (method === 'POST' && path === SEGMENTS && isRefused) this.created--;
		if (path.startsWith(`${SEGMENTS}/refresh/`) && !path.endsWith(this.unknownId) && isRefused) {
			this.refreshed--;
		}
		if (status < 200 || status >= 300) return;
		if (path.startsWith(SEGMENTS)) {
			const results = valueAt(body, 'results');
			for (const segment of Array.isArray(results) ? results : [body]) {
				const id = valueAt(segment, 'id');
				if (isUuid(id) && this.isOwnName(valueAt(segment, 'name'))) this.ownSegments.add(id);
			}
		}
		if (path === `${CONTACTS}/search/emails`) {
			const contact = valueAt(body, 'result', OWN_EMAIL, 'contact');
			const id = valueAt(contact, 'id');
			if (isUuid(id) && valueAt(contact, 'email') === OWN_EMAIL) this.ownContacts.add(id);
		}
	}

	private isOwnName(name: unknown): boolean {
		return typeof name === 'string' && name.startsWith(this.namePrefix);
	}

	private isOwnExport({ segment_ids: ids, notifications }: Record<string, unknown>): boolean {
		return (
			Array.isArray(ids) &&
			ids.length === 1 &&
			this.ownSegments.has(String(ids[0])) &&
			valueAt(notifications, 'email') === false
		);
	}
}

function isUuid(value: unknown): value is string {
	return typeof value === 'string' && UUID.exec(value)?.[0] === value;
}

function isOwnContact({ contacts, ...others }: Record<string, unknown>): boolean {
	return JSON.stringify({ contacts, ...others }) === JSON.stringify(upsertOfOwnContact);
}

/** The body of the only upsert that is sent. */
export const upsertOfOwnContact = { contacts: [{ email: OWN_EMAIL }] };
