import { CONTACTS, Guard, OWN_EMAIL, SEGMENTS, upsertOfOwnContact } from './guard';

const OTHERS = '01192f73-2ec6-48e3-ad0b-42dbb5bddf4d';
const OWN = 'c6491580-2f4a-4339-8812-eb1f86aae6dd';
const PREFIX = 'n8n-live-abc-';

type Row = [method: string, path: string, body?: unknown];

const requestOf = ([method, path, body]: Row) => ({ method, path, body });

let guard: Guard;

beforeEach(() => {
	guard = new Guard(PREFIX, { refresh: true, contacts: true });
	guard.learn({ method: 'GET', path: SEGMENTS }, 200, {
		results: [
			{ id: OTHERS, name: 'Customers' },
			{ id: OWN, name: `${PREFIX}first` },
		],
	});
});

const exportOf = (ids: string[], email = false) => ({
	segment_ids: ids,
	file_type: 'csv',
	notifications: { email },
});

describe('what would touch others is refused', () => {
	test.each<Row>([
		['PATCH', `${SEGMENTS}/${OTHERS}`, { name: `${PREFIX}x` }],
		['DELETE', `${SEGMENTS}/${OTHERS}`],
		['DELETE', `${SEGMENTS}/${OWN}/${OTHERS}`],
		['DELETE', SEGMENTS],
		['POST', `${SEGMENTS}/refresh/${OTHERS}`, { user_time_zone: 'UTC' }],
		['POST', SEGMENTS, { name: 'Customers 2', query_dsl: 'x' }],
		['POST', SEGMENTS, { query_dsl: 'x' }],
		['PATCH', `${SEGMENTS}/${OWN}`, { name: 'Customers 2' }],
		['POST', `${CONTACTS}/exports`, exportOf([OTHERS])],
		['POST', `${CONTACTS}/exports`, exportOf([OWN, OTHERS])],
		['POST', `${CONTACTS}/exports`, exportOf([])],
		['POST', `${CONTACTS}/exports`, { file_type: 'csv', notifications: { email: false } }],
		['POST', `${CONTACTS}/exports`, exportOf([OWN], true)],
		['PUT', CONTACTS, { contacts: [{ email: 'ada@rome.example' }] }],
		['PUT', CONTACTS, { ...upsertOfOwnContact, list_ids: [OTHERS] }],
		['DELETE', `${CONTACTS}?ids=${OTHERS}`],
		['DELETE', `${CONTACTS}?delete_all_contacts=true`],
		['DELETE', '/v3/marketing/lists/' + OWN],
		['POST', '/v3/mail/send', {}],
		['PUT', '/v3/marketing/singlesends/schedule', {}],
		['GET', '/v3/user/profile'],
	])('%s %s', (...row) => {
		expect(guard.refuse(requestOf(row))).toEqual(expect.any(String));
	});
});

test.each<Row>([
	['GET', SEGMENTS],
	['POST', SEGMENTS, { name: `${PREFIX}x` }],
	['PATCH', `${SEGMENTS}/${OWN}`, { name: `${PREFIX}x` }],
	['DELETE', `${SEGMENTS}/${OWN}`],
	['POST', `${SEGMENTS}/refresh/${OWN}`],
	['POST', `${CONTACTS}/exports`, exportOf([OWN])],
	['PUT', CONTACTS, upsertOfOwnContact],
])('its own are allowed: %s %s', (...row) => {
	expect(guard.refuse(requestOf(row))).toBeUndefined();
});

test('only its own contact may be deleted, after a search showed its ID', () => {
	const request = { method: 'DELETE', path: `${CONTACTS}?ids=${OWN}` };
	expect(guard.refuse(request)).toEqual(expect.any(String));
	guard.learn({ method: 'POST', path: `${CONTACTS}/search/emails` }, 200, {
		result: { [OWN_EMAIL]: { contact: { id: OWN, email: OWN_EMAIL } } },
	});
	expect(guard.refuse(request)).toBeUndefined();
	expect(guard.refuse({ ...request, path: `${request.path}&ids=${OTHERS}` })).toEqual(
		expect.any(String),
	);
});

describe.each([
	[5, { method: 'POST', path: SEGMENTS, body: { name: `${PREFIX}x` } }],
	[2, { method: 'POST', path: `${SEGMENTS}/refresh/${OWN}` }],
])('at most %d of a kind', (most, request) => {
	test('those count that were not answered, or may have been processed', () => {
		for (let n = 0; n < most; n++) {
			expect(guard.refuse(request)).toBeUndefined();
			if (n % 2 === 0) guard.learn(request, 503, undefined);
		}
		expect(guard.refuse(request)).toMatch(`${most} `);
	});

	test('those that SendGrid refused do not count', () => {
		for (let n = 0; n < most + 3; n++) {
			expect(guard.refuse(request)).toBeUndefined();
			guard.learn(request, 400, { errors: [] });
		}
	});
});

test('without the options nothing is refreshed and no contact is created', () => {
	const careful = new Guard(PREFIX, { refresh: false, contacts: false });
	const path = `${SEGMENTS}/refresh/${careful.unknownId}`;
	expect(careful.refuse({ method: 'POST', path })).toBe('needs --refresh');
	expect(careful.refuse({ method: 'PUT', path: CONTACTS, body: upsertOfOwnContact })).toBe(
		'needs --contacts',
	);
});
