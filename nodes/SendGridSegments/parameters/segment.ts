import type { INodeProperties } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { describeValue, isObject } from '../utils';
import type { ParameterReader } from './ParameterReader';
import { emptyValue, isNothing, locatorValue, parseNameText, toUuid } from './values';

/** Longer than the URL of any page in SendGrid. */
const MAX_URL_CHARACTERS = 2048;

const UUID_PATTERN = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

/** The page of a segment in SendGrid. */
export function segmentUrl(segmentId: string): string {
	return `https://mc.sendgrid.com/segments/${segmentId}`;
}

export const segmentField: INodeProperties = {
	displayName: 'Segment',
	name: 'segmentId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The segment to work on. Choose it from the list, or enter its name, URL or ID.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a segment…',
			typeOptions: { searchListMethod: 'searchSegments', searchable: true },
		},
		{
			displayName: 'By Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. Opened in the last 30 days',
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder: 'e.g. https://mc.sendgrid.com/segments/1588e03b-50aa-454a-97d1-e1530345a5ec',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: `^\\s*https?://\\S{1,1900}/segments/(?:[\\w.-]{0,40}[/?#&=]){0,6}${UUID_PATTERN}(?:[/?#&]\\S*)?\\s*$`,
						errorMessage: 'Not the URL of a segment. Copy it from the segment’s page in SendGrid.',
					},
				},
			],
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 1588e03b-50aa-454a-97d1-e1530345a5ec',
			url: '=https://mc.sendgrid.com/segments/{{$value}}',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: `^[\\s"'\`]*${UUID_PATTERN}[\\s"'\`,;]*$`,
						errorMessage:
							'Not a segment ID. Use By URL or By Name, or choose the segment with From List.',
					},
				},
			],
		},
	],
};

const LABEL = segmentField.displayName;

function isUrl(text: string): boolean {
	return /^https?:\/\//i.test(text);
}

/** The one UUID behind `/segments/` in the URL of a SendGrid page. */
function idInUrl(text: string): string | undefined {
	if (!isUrl(text) || text.length > MAX_URL_CHARACTERS) return undefined;
	const folder = '/segments/';
	const start = text.toLowerCase().indexOf(folder);
	if (start < 0) return undefined;
	const parts = text.slice(start + folder.length).split(/[/?#&=]/);
	const ids = new Set(parts.map(toUuid).filter((id) => id !== undefined));
	return ids.size === 1 ? [...ids][0] : undefined;
}

/**
 * The item's segment: its ID, lower-case, or its name.
 *
 * @throws InvalidParameterError for anything but an ID, the URL of a segment, or a name under By Name
 */
export function parseSegment(parameters: ParameterReader): { id: string } | { name: string } {
	const parameter = parameters.value(segmentField);
	const value = locatorValue(parameter);
	if (isNothing(value)) throw emptyValue(LABEL);
	const mode = isObject(parameter) ? parameter.mode : undefined;
	if (mode === 'name') return { name: parseNameText(value, LABEL) };
	const text = typeof value === 'string' ? value.trim() : '';
	const id = toUuid(value) ?? idInUrl(text);
	if (id !== undefined) return { id };
	const isIdLike = mode === 'id' && text.length <= 100 && /^[0-9a-f-]+$/i.test(text);
	throw new InvalidParameterError(
		isUrl(text) ? `'${LABEL}' is not the URL of a segment` : `'${LABEL}' is not a valid ID`,
		isUrl(text) || isIdLike || text === ''
			? `The value is ${describeValue(value)}. Paste the segment's URL from SendGrid, or choose the segment with From List.`
			: `The value is ${describeValue(value)}, which looks like a name. Use By Name, or choose the segment with From List.`,
	);
}
