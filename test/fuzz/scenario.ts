import * as fc from 'fast-check';
import type { DownloadFault, ExportSettings, Fault } from '../../simulator';

/** A segment's ID by its number. Segments 0 to 5 exist, 6 and 7 do not. */
export const segmentIdOf = (number: number) => `00000000-0000-4000-8000-00000000000${number}`;
export const EXISTING_SEGMENTS = 6;

export const listIdOf = (number: number) => `00000000-0000-4000-9000-00000000000${number}`;
export const LISTS = 2;

/** Of contact imports; the last one does not exist. */
export const importIdOf = (number: number) => `00000000-0000-4000-a000-00000000000${number}`;
export const IMPORTS = 3;

export const KEYS = [
	'full',
	'second',
	'readOnly',
	'freePlan',
	'noMarketing',
	'revoked',
	'blockedIp',
	'nothing',
] as const;
export type KeyName = (typeof KEYS)[number];

/** One item of a run. */
export interface Item {
	key: KeyName;
	/** Which of the two accounts, each at an address of its own. */
	account: number;
	/** One of its expressions cannot be evaluated. */
	isBroken: boolean;
	/** What the expressions of the parameters give, by field. */
	fields: Record<string, unknown>;
}

/** An expression, a value of the workflow, or not there at all. */
export type FieldForm = 'expression' | 'fixed' | 'absent';

/** Which requests a fault hits: a part of "METHOD path". */
const TARGETS = [
	'',
	'GET ',
	'POST ',
	'PATCH ',
	'DELETE ',
	'/refresh/',
	'/segments/2.0?',
	'/segments/2.0 ',
	'/singlesends',
	'/imports/',
	'/exports',
	'/search/emails',
];

export interface DrawnFault {
	fault: Fault;
	target: string;
	/** Hits the matching requests of this number and later. */
	from: number;
	times: number;
}

export interface Scenario {
	resource: string;
	operation: string;
	segmentMode: 'id' | 'list' | 'url' | 'name';
	forms: Record<string, FieldForm>;
	/** What the fields of form `fixed` have. */
	fixed: Record<string, unknown>;
	/** Added to Options, although there is no such option. */
	unknownOption?: string;
	items: Item[];
	credentialForm: 'plain' | 'expression';
	onError: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	retryOnFail: boolean;
	maxTries: number;
	waitBetweenTries: number;
	executeOnce: boolean;
	batchSize?: number;
	batchInterval: number;
	timeout?: number;
	timezone: string;
	cancel?: { afterRequests: number } | { afterMs: number };
	faults: DrawnFault[];
	downloadFaults: Array<DownloadFault & { times: number }>;
	exports: ExportSettings;
	segments: Array<{
		contacts: number;
		refreshedMinutesAgo?: number;
		refreshesUsed: number;
		isScheduled: boolean;
		isBasedOnList: boolean;
		isUncounted: boolean;
	}>;
	/** Recipients of one more scheduled Single Send, which nobody can read. */
	brokenSendTo?: unknown;
	imports: Array<{ endsAfterSeconds?: number; as: 'completed' | 'errored' | 'failed' }>;
	accountRefreshesUsed: number;
	rateLimit?: number;
	emptyLists: 'array' | 'null' | 'absent';
	updateTooSoon?: number;
	/** Of `Math.random`, by which waits between attempts differ. */
	jitter: number;
}

export interface Field {
	name: string;
	in?: 'options' | 'filters' | 'updateFields';
	values: fc.Arbitrary<unknown>;
	isRequired?: true;
}

/** What an expression gives that finds nothing. */
export function isNothing(value: unknown): boolean {
	if (value === undefined || value === null) return true;
	if (typeof value === 'string') return value.trim() === '';
	return Array.isArray(value) && value.length === 0;
}

/** Names that every object has, though nobody gave them to it. */
const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'];

const LONG_TEXTS = [
	'"',
	' ',
	'a',
	'\u0301',
	'/segments/',
	'-',
	',',
	'[',
	'{{',
	'%2f',
	'0',
	'\n',
].map((part) => `a${part.repeat(Math.ceil(50_000 / part.length))}x`);

const nothing = fc.constantFrom<unknown>(undefined, null, '', '  ', []);

const garbage: fc.Arbitrary<unknown> = fc.oneof(
	{ weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
	{ weight: 3, arbitrary: fc.jsonValue() },
	{ weight: 2, arbitrary: fc.constantFrom<unknown>(...INHERITED, {}, NaN, Infinity, -1, 0, 1e21) },
	{ weight: 1, arbitrary: fc.constantFrom<unknown>(...LONG_TEXTS) },
);

const boolean = fc.constantFrom<unknown>(true, false, 'true', 'false');
const oneOf = (...values: unknown[]) => fc.constantFrom(...values);

const segmentId = fc
	.tuple(fc.nat(7), fc.constantFrom('', ' ', '\t\n', '"'), fc.boolean())
	.map(([number, around, upper]) => {
		const id = segmentIdOf(number);
		return around + (upper ? id.toUpperCase() : id) + around;
	});
const otherPaths = fc.constantFrom(
	'..',
	'../../api_keys',
	`${segmentIdOf(0)}/../${segmentIdOf(1)}`,
	`${segmentIdOf(0)}?ids=${segmentIdOf(1)}`,
	`${segmentIdOf(0)}%2f..`,
	`refresh/${segmentIdOf(0)}`,
	`${segmentIdOf(0)},${segmentIdOf(1)}`,
);
const query = oneOf(
	'SELECT contact_id, updated_at FROM contact_data',
	"SELECT contact_id, updated_at FROM contact_data WHERE country = 'US'",
	"SELECT contact_id, updated_at FROM contact_data WHERE email = 'contact-1@example.com'",
);
const name = fc.nat(7).map((number) => `Segment ${number}`);

const segment: Field = {
	name: 'segmentId',
	values: fc.oneof({ weight: 12, arbitrary: segmentId }, { weight: 1, arbitrary: otherPaths }),
	isRequired: true,
};
const simplify: Field = { name: 'simplify', values: boolean };
const options = (...fields: Field[]): Field[] =>
	fields.map((field) => ({ ...field, in: 'options' }));
const importJob: Field = { name: 'importJobId', values: fc.nat(IMPORTS).map(importIdOf) };
const timeoutSeconds: Field = { name: 'timeoutSeconds', values: oneOf(1, 30, '60', 900) };
const waitForJob = (...pollSeconds: number[]) =>
	options(importJob, timeoutSeconds, { name: 'pollSeconds', values: oneOf(...pollSeconds) });
const definition: Field[] = [
	{ name: 'name', values: name, isRequired: true },
	{ name: 'queryDsl', values: query, isRequired: true },
	{ name: 'parentListId', values: fc.nat(LISTS).map(listIdOf) },
	simplify,
	...options({ name: 'waitUntilCounted', values: boolean }, timeoutSeconds),
];
const many: Field[] = [
	{ name: 'returnAll', values: boolean },
	{ name: 'limit', values: oneOf(1, '2', 3, 50) },
];

/** By "resource operation": the fields of each operation. */
export const operations: Record<string, Field[]> = {
	'segment get': [
		segment,
		simplify,
		...options({ name: 'includeContactsSample', values: boolean }),
	],
	'segment delete': [
		segment,
		{ name: 'dryRun', values: boolean },
		...options(
			{ name: 'ifScheduled', values: oneOf('fail', 'delete') },
			{ name: 'ignoreNotFound', values: boolean },
		),
	],
	'segment refresh': [
		segment,
		{
			name: 'timeZone',
			values: oneOf('DEFAULT', 'UTC', 'Europe/Berlin', 'us/eastern', 'Asia/Calcutta'),
		},
		{ name: 'whenLimitReached', values: oneOf('fail', 'skip') },
		{ name: 'waitForCompletion', values: boolean },
		...waitForJob(5, 15),
	],
	'segment create': definition,
	'segment upsert': definition,
	'segment update': [
		segment,
		{ name: 'name', in: 'updateFields', values: name },
		{ name: 'queryDsl', in: 'updateFields', values: query },
		simplify,
		...options({ name: 'waitUntilCounted', values: boolean }, timeoutSeconds),
	],
	'segment getAll': [
		...many,
		{ name: 'nameContains', in: 'filters', values: oneOf('segment', '3', 'none') },
		{
			name: 'parentListIds',
			in: 'filters',
			values: oneOf(listIdOf(0), [listIdOf(0), listIdOf(1)]),
		},
		{
			name: 'ids',
			in: 'filters',
			values: fc
				.array(fc.nat(7).map(segmentIdOf), { minLength: 1, maxLength: 3 })
				.chain((ids) => fc.constantFrom<unknown>(ids, ids.join(','), JSON.stringify(ids))),
		},
		{ name: 'noParentList', in: 'filters', values: boolean },
		simplify,
	],
	'contact getAll': [segment, ...many, ...waitForJob(2, 5)],
	'contact export': [
		segment,
		{ name: 'format', values: oneOf('csv', 'json') },
		{ name: 'binaryPropertyName', values: oneOf('data', 'file') },
		...waitForJob(2, 5),
		...options({ name: 'maxFileSize', values: oneOf(1, 50) }),
	],
	'contact check': [
		segment,
		{
			name: 'email',
			values: fc
				.tuple(fc.nat(9), fc.constantFrom('example.com', 'EXAMPLE.com', 'nowhere'))
				.map(([number, host]) => `contact-${number}@${host}`),
			isRequired: true,
		},
	],
};

/** Of a field, with what it has in a collection. */
export const fieldKey = ({ name: fieldName, in: collection }: Field) =>
	collection ? `${collection}.${fieldName}` : fieldName;

const limited = (reset: string) => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset });

/** What may go wrong, without SendGrid itself telling lies about what it did. */
const fault = fc.constantFrom<Fault>(
	{ drop: 'beforeAnswer' },
	{ drop: 'beforeAnswer', apply: 'after' },
	{ drop: 'midHeaders' },
	{ drop: 'midHeaders', apply: 'after' },
	{ drop: 'midBody', apply: 'after' },
	{ hang: true },
	{ hang: true, apply: 'after' },
	{ status: 500, body: { error: 'internal' } },
	{ status: 500, apply: 'after' },
	{ status: 502, body: '<html>', contentType: 'text/html', apply: 'after' },
	{ status: 503, headers: { 'retry-after': '0' } },
	{ status: 503, headers: { 'retry-after': '70' } },
	{ status: 408, apply: 'after' },
	{ status: 429 },
	{ status: 429, headers: limited('0') },
	{ status: 429, headers: limited('20') },
	{ status: 429, headers: limited('3600') },
	{ status: 429, headers: limited('1000000000') },
	{ status: 429, headers: limited('99999999999') },
	{ status: 429, body: '<html>', contentType: 'text/html' },
	{ status: 404, body: '<html>', contentType: 'text/html' },
	{ status: 200, body: '<html>', contentType: 'text/html' },
	{ status: 401 },
	{ status: 403 },
	{ status: 302, headers: { location: '/v3/api_keys' } },
	{ status: 299, apply: 'after' },
	{ status: 200, apply: 'after', body: '{"half' },
	{ status: 200, apply: 'after', body: '[]' },
	{ status: 200, apply: 'after', body: 'null' },
	{ headers: { date: 'Thu, 01 Jan 1970 00:00:00 GMT' }, apply: 'after' },
	{ headers: { date: 'never' }, apply: 'after' },
	{ headers: { date: null, 'x-ratelimit-reset': null }, apply: 'after' },
	{ latencyMs: 60 },
	{ bodyBytes: 100_000 },
);

const drawnFault: fc.Arbitrary<DrawnFault> = fc.record({
	fault,
	target: fc.constantFrom(...TARGETS),
	from: fc.nat(8),
	times: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(1000)),
});

const downloadFault = fc
	.tuple(
		fc.constantFrom<DownloadFault>(
			{ cutAt: 40 },
			{ cutAt: 0 },
			{ truncateAt: 60 },
			{ truncateAt: 0 },
			{ halfLastLine: true },
			{ status: 403 },
			{ status: 500 },
			{ status: 302, headers: { location: 'http://127.0.0.1:9/' } },
			{ stallAt: 30 },
			{ hang: true },
			{ dripBytes: 50 },
			{ dripBytes: 200, dripSeconds: 1 },
			{ noContentLength: true },
			{ status: 200, body: '<html>', contentType: 'text/html' },
		),
		fc.integer({ min: 1, max: 4 }),
	)
	.map(([what, times]) => ({ ...what, times }));

const exportSettings: fc.Arbitrary<ExportSettings> = fc.record(
	{
		pendingSeconds: fc.constantFrom(0, 3, 40),
		pendingReads: fc.nat(3),
		failure: fc.constantFrom(undefined, undefined, undefined, 'disk full'),
		gzip: fc.boolean(),
		files: fc.nat(3),
		empty: fc.constantFrom('noUrls', 'headerOnly', 'zeroBytes'),
		linkSeconds: fc.constantFrom(1, 43_200),
		linkDownloads: fc.constantFrom(1, 100),
		linkOrigin: fc.constantFrom('fileHost', 'api'),
	},
	{ requiredKeys: [] },
);

const mostly = <T>(usual: T, ...others: T[]) =>
	fc.oneof(
		{ weight: 6, arbitrary: fc.constant(usual) },
		{ weight: 2, arbitrary: fc.constantFrom(...others) },
	);

/** Once in so many times; else nothing. */
const sometimes = <T>(arbitrary: fc.Arbitrary<T>, outOf = 4) =>
	fc.oneof({ weight: outOf - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** How many items of a scenario are not what the operation expects. */
const spoilt = fc.constantFrom(0, 0, 1, 4);

function item(fields: Field[], spoiltWeight: number, mixesKeys: boolean): fc.Arbitrary<Item> {
	const valueOf = ({ values }: Field) =>
		fc.oneof(
			{ weight: 60, arbitrary: values },
			{ weight: spoiltWeight * 2, arbitrary: nothing },
			{ weight: spoiltWeight, arbitrary: garbage },
		);
	return fc.record({
		key: mixesKeys ? mostly<KeyName>('full', ...KEYS.slice(1)) : fc.constant<KeyName>('full'),
		account: mixesKeys ? mostly(0, 1) : fc.constant(0),
		isBroken: spoiltWeight > 1 ? mostly(false, false, false, true) : fc.constant(false),
		fields: fc.record({
			...Object.fromEntries(fields.map((field) => [fieldKey(field), valueOf(field)])),
			segmentName: name,
		}),
	});
}

function scenarioOf(title: string): fc.Arbitrary<Scenario> {
	const [resource, operation] = title.split(' ');
	const fields = operations[title];
	const form = ({ isRequired }: Field): fc.Arbitrary<FieldForm> =>
		fc.oneof(
			{ weight: 4, arbitrary: fc.constant<FieldForm>('expression') },
			{ weight: 1, arbitrary: fc.constant<FieldForm>('fixed') },
			{ weight: isRequired ? 0 : 4, arbitrary: fc.constant<FieldForm>('absent') },
		);
	return fc.tuple(spoilt, mostly(false, true)).chain(([spoiltWeight, mixesKeys]) => {
		const one = item(fields, spoiltWeight, mixesKeys);
		const items = (maxLength: number) => fc.array(one, { minLength: 1, maxLength, size: 'max' });
		return fc.record({
			resource: fc.constant(resource),
			operation: fc.constant(operation),
			segmentMode: mostly<Scenario['segmentMode']>('id', 'list', 'url', 'name'),
			forms: fc.record(Object.fromEntries(fields.map((field) => [fieldKey(field), form(field)]))),
			fixed: fc.record(Object.fromEntries(fields.map((field) => [fieldKey(field), field.values]))),
			unknownOption: sometimes(fc.constantFrom('dry_run', 'DryRun', ...INHERITED.slice(1)), 24),
			items: fc.oneof(
				{ weight: 6, arbitrary: items(8) },
				// From 20 items on, the node has n8n evaluate expressions later.
				{ weight: 1, arbitrary: items(26) },
			),
			credentialForm: fc.constantFrom<Scenario['credentialForm']>(
				...(mixesKeys ? ['expression' as const] : ['plain' as const, 'expression' as const]),
			),
			onError: fc.constantFrom<Scenario['onError']>(
				'stopWorkflow',
				'continueRegularOutput',
				'continueErrorOutput',
			),
			retryOnFail: fc.boolean(),
			maxTries: fc.integer({ min: 2, max: 4 }),
			waitBetweenTries: fc.constantFrom(1, 5000),
			executeOnce: mostly(false, false, true),
			batchSize: sometimes(fc.integer({ min: 1, max: 5 })),
			batchInterval: fc.constantFrom(1, 1, 3000, 20_000),
			timeout: sometimes(fc.constantFrom(1000, 120_000)),
			timezone: mostly('America/New_York', 'DEFAULT', ''),
			cancel: sometimes(
				fc.oneof(
					fc.record({ afterRequests: fc.integer({ min: 1, max: 12 }) }),
					fc.record({ afterMs: fc.constantFrom(0, 1, 400, 5000, 30_000) }),
				),
				8,
			),
			faults: fc.oneof(
				{ weight: 1, arbitrary: fc.constant<DrawnFault[]>([]) },
				{ weight: 3, arbitrary: fc.array(drawnFault, { maxLength: 4 }) },
			),
			downloadFaults:
				resource === 'contact' ? fc.array(downloadFault, { maxLength: 3 }) : fc.constant([]),
			exports: resource === 'contact' ? exportSettings : fc.constant({}),
			segments: fc.array(
				fc.record({
					contacts: fc.constantFrom(0, 1, 2, 5, 30),
					refreshedMinutesAgo: sometimes(fc.constantFrom(5, 59, 61, 1500), 6),
					refreshesUsed: fc.constantFrom(0, 1, 2),
					isScheduled: mostly(false, true),
					isBasedOnList: mostly(false, true),
					isUncounted: mostly(false, false, true),
				}),
				{ minLength: EXISTING_SEGMENTS, maxLength: EXISTING_SEGMENTS },
			),
			brokenSendTo: sometimes(
				fc.constantFrom<unknown>(
					null,
					[],
					'all',
					{ segment_ids: 'all' },
					{ segment_ids: [null] },
					{ segment_ids: {} },
				),
				12,
			),
			imports: fc.array(
				fc.record({
					endsAfterSeconds: fc.constantFrom(0, 0, 4, 35, 200, 1000, undefined),
					as: fc.constantFrom('completed', 'completed', 'errored', 'failed'),
				}),
				{ minLength: IMPORTS, maxLength: IMPORTS },
			),
			accountRefreshesUsed: mostly(0, 7, 9, 10),
			rateLimit: sometimes(fc.constantFrom(1, 3, 10)),
			emptyLists: fc.constantFrom<Scenario['emptyLists']>('array', 'null', 'absent'),
			updateTooSoon: sometimes(fc.constantFrom(400, 429), 8),
			jitter: fc.constantFrom(0, 0.5, 0.999),
		}) as fc.Arbitrary<Scenario>;
	});
}

/** A run of the node in an account, all that may go wrong included. */
export const scenario: fc.Arbitrary<Scenario> = fc.oneof(
	...Object.keys(operations).map(scenarioOf),
);
