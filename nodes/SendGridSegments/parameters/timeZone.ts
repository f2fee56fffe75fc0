import type { IExecutePaginationFunctions, INodeProperties } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import {
	isWorkflowTimeZone,
	resolveTimeZone,
	WORKFLOW_TIME_ZONE,
} from '../timeZones/resolveTimeZone';
import type { ParameterReader } from './ParameterReader';

/**
 * The item's time zone, as it is sent to SendGrid. In earlier versions the field was a resource
 * locator, whose value is still read.
 *
 * @throws InvalidParameterError for anything but an IANA name
 */
export function parseTimeZone(
	parameters: ParameterReader,
	context: IExecutePaginationFunctions,
): string {
	const value = parameters.value(timeZoneField) ?? WORKFLOW_TIME_ZONE;
	const isWorkflows = isWorkflowTimeZone(value);
	const resolved = resolveTimeZone(isWorkflows ? context.getTimezone() : value);
	if ('timeZone' in resolved) return resolved.timeZone;
	throw new InvalidParameterError(
		resolved.message,
		isWorkflows
			? `${resolved.description} This time zone comes from the workflow settings.`
			: resolved.description,
	);
}

/**
 * The field "Time Zone": a drop-down, since n8n empties one of two resource locators of a node when
 * its credential is changed. Its options need no request.
 */
export const timeZoneField: INodeProperties = {
	displayName: 'Time Zone Name or ID',
	name: 'timeZone',
	type: 'options',
	typeOptions: { loadOptionsMethod: 'getTimeZones' },
	default: 'DEFAULT',
	description:
		'SendGrid allows 2 refreshes per segment per day. The day starts at midnight in this time zone. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
};
