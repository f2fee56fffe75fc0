import { parseName, parseQuery } from '../../../nodes/SendGridSegments/parameters/nameAndQuery';

it.each<[unknown, string]>([
	['x', 'x'],
	[' padded ', ' padded '],
	['x'.repeat(100), 'x'.repeat(100)],
	['👩‍👩‍👧', '👩‍👩‍👧'],
	['🎉'.repeat(100), '🎉'.repeat(100)],
	[0, '0'],
	[2025, '2025'],
])('a name: %j', (value, name) => {
	expect(parseName(value)).toBe(name);
});

it.each<[unknown, string]>([
	['', "'Name' is empty"],
	[' \t\n\u00a0', "'Name' is empty"],
	[undefined, "'Name' is empty"],
	[null, "'Name' is empty"],
	[true, "'Name' is empty"],
	[{}, "'Name' is empty"],
	[['x'], "'Name' is empty"],
	['x'.repeat(101), "'Name' is 101 characters long"],
	[' '.repeat(100) + 'x', "'Name' is 101 characters long"],
	['🎉'.repeat(101), "'Name' is 101 characters long"],
])('no name: %j', (value, message) => {
	expect(() => parseName(value)).toThrow(message);
});

it.each<[unknown, string]>([
	['SELECT 1', 'SELECT 1'],
	['\n SELECT 1 ', '\n SELECT 1 '],
	[1, '1'],
])('a query: %j', (value, query) => {
	expect(parseQuery(value)).toBe(query);
});

it.each<unknown>(['', ' \r\n\t', undefined, null, {}, ['SELECT 1'], false])(
	'no query: %j',
	(value) => {
		expect(() => parseQuery(value)).toThrow("'SQL Query' is empty");
	},
);
