import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';
import { SendGridSegments } from '../../nodes/SendGridSegments/SendGridSegments.node';
import { SendGridSegmentsTrigger } from '../../nodes/SendGridSegments/SendGridSegmentsTrigger.node';

/*
 * What existing workflows rely on. A snapshot that changes is a decision: CONTRIBUTING.md, "When a
 * change needs a new node version". After it: `npx jest test/package/nodeVersions -u`.
 */

const isField = (
	option: INodeProperties | INodePropertyOptions | INodePropertyCollection,
): option is INodeProperties => 'type' in option;

/** One line per field: where it is shown, its name, type, default and values. */
function linesOf(fields: INodeProperties[], parent = ''): string[] {
	return fields.flatMap((field) => {
		const shown = JSON.stringify(field.displayOptions?.show ?? {});
		const name = `${parent}${field.name}`;
		const choices = field.type === 'options' || field.type === 'multiOptions';
		const values = choices
			? (field.options ?? []).map((option) => String((option as INodePropertyOptions).value))
			: [];
		const line = [
			`${name}: ${field.type}`,
			...values.map((value) => `| ${value}`),
			`= ${JSON.stringify(field.default)}`,
			field.required && 'required',
			shown !== '{}' && `where ${shown}`,
		];
		const modes = (field.modes ?? []).map((mode) => `${name} mode ${mode.name}: ${mode.type}`);
		const nested = (field.options ?? []).flatMap((option) => {
			if (isField(option)) return linesOf([option], `${name}.`);
			return 'values' in option ? linesOf(option.values, `${name}.${option.name}.`) : [];
		});
		return [line.filter(Boolean).join(' '), ...modes, ...nested];
	});
}

interface Schema {
	type: string | string[];
	properties?: Record<string, Schema>;
	items?: Schema;
}

/** One line per field of an output: its path and type. */
function fieldsOf({ type, properties, items }: Schema, name = '$'): string[] {
	return [
		`${name}: ${[type].flat().join(' | ')}`,
		...Object.entries(properties ?? {}).flatMap(([key, field]) =>
			fieldsOf(field, `${name}.${key}`),
		),
		...(items ? fieldsOf(items, `${name}[]`) : []),
	];
}

it.each([
	['SendGrid Segments', new SendGridSegments()],
	['SendGrid Segments Trigger', new SendGridSegmentsTrigger()],
])('keeps the fields of %s', (_name, { description }) => {
	expect({
		version: description.version,
		fields: linesOf(description.properties).sort(),
	}).toMatchSnapshot();
});

const schemas = path.join(__dirname, '../../nodes/SendGridSegments/__schema__');

it.each(
	readdirSync(schemas, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.json'))
		.sort(),
)('keeps the output of %s', (file) => {
	const schema = JSON.parse(readFileSync(path.join(schemas, file), 'utf8')) as Schema;
	expect(fieldsOf(schema)).toMatchSnapshot();
});
