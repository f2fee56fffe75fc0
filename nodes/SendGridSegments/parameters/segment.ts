import type { INodeProperties } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { describeValue, isObject, type GetParameter } from '../utils';
import { emptyValue, isBlank, locatorValue, toUuid } from './values';

const LABEL = 'Segment';

const ID_IN_URL =
	/\/segments\/(?:[^/]+\/)*?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=[/?#]|$)/i;

const UUID_PATTERN = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

/** Where SendGrid's own pages show a segment. */
export function segmentUrl(segmentId: string): string {
	return `https://mc.sendgrid.com/segments/${segmentId}`;
}

/** The one UUID behind `/segments/` in the address of a page of SendGrid's. */
function idInUrl(text: string): string | undefined {
	const match = ID_IN_URL.exec(text);
	return match ? match[1].toLowerCase() : undefined;
}

/**
 * The item's segment ID, lower-case.
 *
 * @throws InvalidParameterError for anything but an ID or the address of a segment
 */
export function parseSegmentId(getParameter: GetParameter): string {
	const parameter = getParameter('segmentId');
	const value = locatorValue(parameter);
	const id = toUuid(value);
	if (id !== undefined) return id;
	if (isBlank(value)) throw emptyValue(LABEL);
	const text = typeof value === 'string' ? value.trim() : '';
	const isUrl = /^https?:\/\//i.test(text);
	const idOfUrl = isUrl ? idInUrl(text) : undefined;
	if (idOfUrl !== undefined) return idOfUrl;
	const isId = isObject(parameter) && parameter.mode === 'id' && /^[0-9a-f-]+$/i.test(text);
	throw new InvalidParameterError(
		isUrl ? `'${LABEL}' is not the URL of a segment` : `'${LABEL}' is not a valid ID`,
		isUrl || isId || text === ''
			? `The value is ${describeValue(value)}. Paste the segment's URL from SendGrid, or choose the segment with From List.`
			: `The value is ${describeValue(value)}, which looks like a name. Choose the segment with From List, or paste its URL from SendGrid.`,
	);
}

/** The field "Segment": one for all operations, since the engine evaluates every field there is. */
export const segmentField: INodeProperties = {
	displayName: LABEL,
	name: 'segmentId',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	displayOptions: { show: { operation: ['delete', 'get', 'refresh', 'update'] } },
	description: 'The segment to use. Choose it from the list, or enter its URL or ID.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a segment…',
			typeOptions: { searchListMethod: 'searchSegments', searchable: true },
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
						regex: `^\\s*https?://\\S+/segments/(?:[^/\\s]+/)*${UUID_PATTERN}(?:[/?#]\\S*)?\\s*$`,
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
							'Not a segment ID. Paste the segment’s URL with By URL, or choose the segment with From List.',
					},
				},
			],
		},
	],
};
