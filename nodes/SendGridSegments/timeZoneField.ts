import type { IExecutePaginationFunctions, INodeProperties } from 'n8n-workflow';
import { SegmentFailure } from './failures';
import type { Parameters } from './perItem';
import { locatorValue } from './segmentId';
import { checkedTimeZone, WORKFLOW_TIME_ZONE } from './timeZones';

/**
 * The item's time zone, as it is sent to SendGrid.
 *
 * @throws SegmentFailure for anything but an IANA name
 */
export function timeZoneIn(parameters: Parameters, context: IExecutePaginationFunctions): string {
	const value = locatorValue(parameters('timeZone', WORKFLOW_TIME_ZONE));
	const isWorkflows = value === WORKFLOW_TIME_ZONE;
	const checked = checkedTimeZone(isWorkflows ? context.getTimezone() : value);
	if ('timeZone' in checked) return checked.timeZone;
	throw new SegmentFailure(
		checked.problem,
		isWorkflows
			? `${checked.advice} This is the time zone in the settings of the workflow.`
			: checked.advice,
	);
}

/** The field "Time Zone". Its list needs no request. */
export const timeZoneField: INodeProperties = {
	displayName: 'Time Zone',
	name: 'timeZone',
	type: 'resourceLocator',
	default: {
		mode: 'list',
		value: WORKFLOW_TIME_ZONE,
		cachedResultName: 'Workflow Time Zone',
	},
	displayOptions: { show: { operation: ['refresh'] } },
	description:
		'SendGrid allows 2 refreshes of a segment per day. This time zone decides when that day begins.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a time zone…',
			typeOptions: { searchListMethod: 'searchTimeZones', searchable: true },
		},
		{
			displayName: 'By Name',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. America/Chicago',
		},
	],
};
