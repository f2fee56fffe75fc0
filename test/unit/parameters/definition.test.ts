import {
	parseDefinition,
	parseName,
	parseQuery,
} from '../../../nodes/SendGridSegments/parameters/definition';
import { readerOf } from '../parseItem';

const read = (parameters: object) => readerOf(parameters as never);

it.each<[unknown, string]>([
	['x', 'x'],
	[' padded ', ' padded '],
	['x'.repeat(100), 'x'.repeat(100)],
	['👩‍👩‍👧', '👩‍👩‍👧'],
	['🎉'.repeat(100), '🎉'.repeat(100)],
	[2025, '2025'],
])('a name, as it is: %j', (name, expected) => {
	expect(parseName(read({ name }))).toBe(expected);
});

it.each<[unknown, string]>([
	[true, "'Name' must be text"],
	[['x'], "'Name' must be text"],
	['x'.repeat(101), "'Name' is longer than 100 characters"],
	[' '.repeat(100) + 'x', "'Name' is longer than 100 characters"],
	['🎉'.repeat(101), "'Name' is longer than 100 characters"],
])('no name: %j', (name, message) => {
	expect(() => parseName(read({ name }))).toThrow(message);
});

it('a query, as it is', () => {
	expect(parseQuery(read({ queryDsl: '\n SELECT 1 ' }))).toBe('\n SELECT 1 ');
	expect(() => parseQuery(read({ queryDsl: ['SELECT 1'] }))).toThrow("'SQL Query' must be text");
});

it('a definition has a name and a query', () => {
	expect(() => parseDefinition(read({ queryDsl: 'x' }))).toThrow("'Name' is empty");
	expect(() => parseDefinition(read({ name: 'x' }))).toThrow("'SQL Query' is empty");
	expect(parseDefinition(read({ name: 'x', queryDsl: 'y' }))).toEqual({ name: 'x', query: 'y' });
});
