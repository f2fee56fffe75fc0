import type { INodeProperties } from 'n8n-workflow';
import { SegmentFailure, shortened } from './failures';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What stands behind a resource locator, in whatever form an expression or an agent gave it. */
export function locatorValue(parameter: unknown): unknown {
	const isLocator = typeof parameter === 'object' && parameter !== null && 'value' in parameter;
	return isLocator ? parameter.value : parameter;
}

/** A value for people: as it would be typed, and short. */
function shown(value: unknown): string {
	if (value === undefined || value === null || value === '') return 'It is empty';
	const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
	return text.trim() === '' ? 'It is blank' : `It is "${shortened(text, 60)}"`;
}

/**
 * An ID as it may become part of a request: trimmed, a UUID, lower-case. Nothing else ever reaches
 * the wire, so that an ID can name nothing but a segment or a list.
 *
 * @param label the parameter, as the editor calls it
 * @throws SegmentFailure for anything but a UUID
 */
export function checkedId(value: unknown, label: string): string {
	const id = typeof value === 'string' ? value.trim() : '';
	if (UUID.test(id)) return id.toLowerCase();
	throw new SegmentFailure(
		`"${label}" is not a valid ID`,
		`${shown(value)}. An ID looks like 1588e03b-50aa-454a-97d1-e1530345a5ec. Pick it from the list, or copy it from SendGrid.`,
	);
}

/**
 * The IDs in a comma-separated text or a list.
 *
 * @throws SegmentFailure if any of them is not a UUID
 */
export function checkedIds(value: unknown, label: string): string[] {
	const entries = typeof value === 'string' ? value.split(/[,\n]/) : [value ?? []].flat();
	const filled = entries.filter((entry) => typeof entry !== 'string' || entry.trim() !== '');
	return filled.map((entry) => checkedId(entry, label));
}

/** The field "Segment": one for all operations, since the engine evaluates every field there is. */
export const segmentIdField: INodeProperties = {
	displayName: 'Segment',
	name: 'segmentId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	displayOptions: { show: { operation: ['delete', 'get', 'refresh', 'update'] } },
	description: 'The segment to work on, picked from the list or given by its ID',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a segment…',
			typeOptions: { searchListMethod: 'searchSegments', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 1588e03b-50aa-454a-97d1-e1530345a5ec',
			validation: [
				{
					type: 'regex',
					properties: {
						regex:
							'^\\s*[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\\s*$',
						errorMessage:
							'Segment: not a valid ID. An ID looks like 1588e03b-50aa-454a-97d1-e1530345a5ec',
					},
				},
			],
		},
	],
};
