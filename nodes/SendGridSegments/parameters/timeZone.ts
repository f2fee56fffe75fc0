import type { IExecutePaginationFunctions, INodeProperties } from 'n8n-workflow';
import { InvalidParameterError } from '../errors';
import { REFRESHES_PER_SEGMENT_PER_DAY } from '../limits';
import { resolveTimeZone } from '../timeZones/resolveTimeZone';
import { WORKFLOW_TIME_ZONE, workflowTimeZone } from '../timeZones/workflowTimeZone';
import type { ParameterReader } from './ParameterReader';

/**
 * The field for the time zone: a drop-down, since n8n clears one of two resource locators of a node
 * when its credential changes. Its options need no request.
 */
export const timeZoneField: INodeProperties = {
	displayName: 'Time Zone Name or ID',
	name: 'timeZone',
	type: 'options',
	typeOptions: { loadOptionsMethod: 'getTimeZones' },
	default: 'DEFAULT',
	description: `SendGrid allows ${REFRESHES_PER_SEGMENT_PER_DAY} refreshes per segment per day. The day starts at midnight in this time zone. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
};

/**
 * The item's time zone, as it is sent to SendGrid.
 *
 * @throws InvalidParameterError for anything but an IANA name
 */
export function parseTimeZone(
	parameters: ParameterReader,
	context: Pick<IExecutePaginationFunctions, 'getTimezone'>,
): string {
	const value = parameters.value(timeZoneField) ?? WORKFLOW_TIME_ZONE;
	const isWorkflows = value === WORKFLOW_TIME_ZONE;
	const resolved = resolveTimeZone(isWorkflows ? workflowTimeZone(context.getTimezone()) : value);
	if ('timeZone' in resolved) return resolved.timeZone;
	const { reason, description } = resolved;
	throw new InvalidParameterError(
		`'${timeZoneField.displayName}' ${reason}`,
		isWorkflows ? `${description} This time zone comes from the workflow settings.` : description,
	);
}
