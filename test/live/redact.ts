import { kindOf } from '../contract/describe';
import { NAME_PREFIX } from '../contract/guard';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const EMAIL = /[^\s@<>"'(),;:]{1,64}@[^\s@<>"'(),;:]{1,255}/g;
const IP_ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{1,4}(?:::?[0-9a-f]{1,4}){3,7}\b/gi;
const TIME = /\b(\d{4}-\d\d-\d\d)(?:(T\d\d:\d\d:\d\d)(\.\d{1,9})?Z)?/g;
const HTTP_DATE = /\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\b/g;
const URL_IN_TEXT = /https?:\/\/[^\s"'<>]{1,4000}/g;
const PSEUDONYM_ID = /^0{8}-0{4}-4000-8000-\d{12}$/;
/** Keys, signatures and other IDs. */
const TOKEN = /[\w-]{24,}/g;

/** Words that SendGrid's API itself uses; any other text in a field belongs to somebody. */
const FIELDS_WITH_WORDS = [
	'status',
	'query_validation',
	'query_version',
	'job_type',
	'file_type',
	'field',
	'error_id',
];
const FIELDS_WITH_SENTENCES = ['message', 'error', 'error_message', 'help'];
const WORD = /^[\w.\-[\] ]{0,60}$/;

/** Parts of addresses that are the API's own. */
const PATH_WORDS =
	/^(v3|scopes|marketing|segments|2\.0|refresh|lists|singlesends|search|emails|contacts|imports|exports)$/;

const KEPT_HEADERS =
	/^(content-(type|length|encoding)|transfer-encoding|connection|retry-after|powered-by|server|allow|x-ratelimit-.+|x-envoy-upstream-service-time)$/;

const MAX_ENTRIES = 2;
const MAX_TEXT = 600;
const FIRST_INSTANT = Date.UTC(2026, 0, 1);

export interface Own {
	apiKey: string;
	/** The run's own texts, which stay as they are: queries and bodies that it sent. */
	sentTexts: Set<string>;
	/** Becomes January 1, 2026, 00:00 UTC; all other times move with it. */
	started: Date;
}

/**
 * Makes answers fit to be published: keeps their form, and the words of the API and of the suite itself.
 * IDs, names, addresses, dates and everything that is not known are replaced, the same by the same. Lists
 * are cut to two entries, counts above two become two.
 */
export class Redactor {
	private readonly replaced = new Map<string, string>();
	private readonly numbers = new Map<string, number>();
	private readonly shiftMs: number;
	private readonly secrets: string[];

	constructor(private readonly own: Own) {
		this.shiftMs = FIRST_INSTANT - Math.floor(own.started.getTime() / 1000) * 1000;
		this.secrets = [own.apiKey, ...own.apiKey.split('.').filter((part) => part.length >= 8)];
	}

	/** A sentence, of SendGrid's or of a report. */
	sentence(text: string): string {
		return this.withoutKey(text)
			.slice(0, MAX_TEXT)
			.replace(URL_IN_TEXT, (url) => this.url(url))
			.replace(UUID, (id) => this.id(id))
			.replace(EMAIL, (address) => this.email(address))
			.replace(HTTP_DATE, (date) => this.httpDate(date))
			.replace(TIME, (...parts: string[]) => this.time(parts))
			.replace(IP_ADDRESS, (address) => this.pseudonym('IP address', address))
			.replace(TOKEN, (token) => (this.isKnown(token) ? token : this.pseudonym('token', token)));
	}

	/** A JSON value; `key` is the name of the field that contains it. */
	json(value: unknown, key = ''): unknown {
		if (typeof value === 'string') return this.fieldText(this.withoutKey(value), key);
		if (typeof value === 'number') return this.number(value, key);
		if (Array.isArray(value)) {
			const entries: unknown[] =
				key === 'scopes'
					? value.filter((scope) => String(scope).startsWith('marketing'))
					: value.slice(0, MAX_ENTRIES);
			return entries.map((entry) => this.json(entry, key));
		}
		if (typeof value !== 'object' || value === null) return value;
		return Object.fromEntries(
			Object.entries(value).map(([name, part]) => [
				key === 'custom_fields' ? this.pseudonym('custom field', name) : this.sentence(name),
				this.json(part, key === 'identifier_counts' ? 'count' : name),
			]),
		);
	}

	/** Headers by name; of those that are not known, only the name. */
	headers(headers: Headers): Record<string, string> {
		return Object.fromEntries(
			[...headers].map(([name, value]) => {
				if (KEPT_HEADERS.test(name) || name === 'date') {
					return [name, this.unixTime(name, this.sentence(value))];
				}
				return [name, '…'];
			}),
		);
	}

	/** A path of the API with its query string. */
	path(path: string): string {
		return this.url(`http://localhost${path}`).slice('http://localhost'.length);
	}

	/** Leaves the API key out; also of what is printed. */
	withoutKey(text: string): string {
		return this.secrets.reduce((rest, secret) => rest.replaceAll(secret, '(API key)'), text);
	}

	private fieldText(text: string, key: string): string {
		if (text === '' || this.isOwn(text)) return text;
		if (FIELDS_WITH_SENTENCES.includes(key)) return this.sentence(text);
		if (FIELDS_WITH_WORDS.includes(key) && WORD.test(text)) return this.sentence(text);
		if (key === 'scopes' && /^[a-z_.]{1,60}$/.test(text)) return text;
		const kind = kindOf(text);
		if (kind === 'UUID' || kind === 'time') return this.sentence(text);
		if (kind === 'URL') return this.url(text);
		if (/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(text)) return this.email(text);
		return this.pseudonym(/^\w{1,30}$/.test(key) ? key : 'text', text);
	}

	/** The run's own, or what a replacement put there. */
	private isKnown(token: string): boolean {
		return this.isOwn(token) || PSEUDONYM_ID.test(token);
	}

	private isOwn(text: string): boolean {
		return text.startsWith(NAME_PREFIX) || this.own.sentTexts.has(text);
	}

	private number(value: number, key: string): number {
		if (/counts?$/.test(key)) return Math.min(value, 2);
		return isUnixTime(value) ? value + this.shiftMs / 1000 : value;
	}

	private unixTime(header: string, value: string): string {
		const isTime = header === 'x-ratelimit-reset' && isUnixTime(Number(value));
		return isTime ? String(Number(value) + this.shiftMs / 1000) : value;
	}

	private id(id: string): string {
		const lower = id.toLowerCase();
		if (!this.replaced.has(lower)) {
			const number = String(this.next('ID')).padStart(12, '0');
			this.replaced.set(lower, `00000000-0000-4000-8000-${number}`);
		}
		return this.replaced.get(lower)!;
	}

	private email(address: string): string {
		if (address.toLowerCase().startsWith(NAME_PREFIX)) return address;
		return this.pseudonym('contact', address.toLowerCase(), (n) => `contact-${n}@example.com`);
	}

	private pseudonym(kind: string, text: string, name = (n: number) => `${kind} ${n}`): string {
		const key = `${kind}\n${text}`;
		if (!this.replaced.has(key)) this.replaced.set(key, name(this.next(kind)));
		return this.replaced.get(key)!;
	}

	private next(kind: string): number {
		const number = (this.numbers.get(kind) ?? 0) + 1;
		this.numbers.set(kind, number);
		return number;
	}

	private url(text: string): string {
		if (!URL.canParse(text)) return this.pseudonym('URL', text);
		const { protocol, host, pathname, searchParams } = new URL(text);
		const path = pathname.split('/').map((part) => this.urlPart(part));
		const query = [...searchParams].map(([name, value]) => `${name}=${this.queryValue(value)}`);
		return `${protocol}//${host}${path.join('/')}${query.length > 0 ? `?${query.join('&')}` : ''}`;
	}

	private urlPart(part: string): string {
		if (part === '' || PATH_WORDS.test(part)) return part;
		const [name, ...extensions] = part.split('.');
		const newName = kindOf(name) === 'UUID' ? this.id(name) : this.pseudonym('path', name, dashed);
		return [
			newName,
			...extensions.filter((extension) => /^(csv|json|gz|gzip)$/.test(extension)),
		].join('.');
	}

	private queryValue(value: string): string {
		if (/^(\d{0,4}|true|false)$/.test(value)) return value;
		return kindOf(value) === 'UUID'
			? this.id(value)
			: this.pseudonym('value', value, (n) => `value-${n}`);
	}

	private time([whole, day, clock, fraction]: string[]): string {
		const ms = Date.parse(clock ? `${day}${clock}Z` : day);
		// Some systems write "never" as a time of the year 1.
		if (Number.isNaN(ms) || ms < 0) return whole;
		const shifted = new Date(ms + this.shiftMs).toISOString();
		return clock ? `${shifted.slice(0, 19)}${fraction ?? ''}Z` : shifted.slice(0, 10);
	}

	private httpDate(date: string): string {
		const ms = Date.parse(date);
		return Number.isNaN(ms) ? date : new Date(ms + this.shiftMs).toUTCString();
	}
}

function dashed(n: number): string {
	return `path-${n}`;
}

function isUnixTime(value: number): boolean {
	return value >= 1_000_000_000 && value < 5_000_000_000;
}
