import type { INodePropertyOptions } from 'n8n-workflow';
import { getNames } from './names';
import { WORKFLOW_TIME_ZONE } from './resolveTimeZone';

/** The offset of a time zone from UTC, such as `+05:30`. */
function offsetAt(timeZone: string, now: Date): string {
	const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
	return /GMT([+-]\d\d:\d\d)/.exec(format.format(now))?.[1] ?? '+00:00';
}

/**
 * The options of the field "Time Zone": the workflow's own, then every IANA time zone once, under the
 * name in use and with its offset at `now`, in alphabetical order. Needs no network. The drop-down
 * finds what stands in a name, so "new york" must be in it as people type it.
 */
export function timeZoneOptions(now = new Date()): INodePropertyOptions[] {
	const zones = getNames().zones.map((zone) => ({
		name: `${zone.replaceAll('_', ' ')} (UTC${offsetAt(zone, now)})`,
		value: zone,
	}));
	return [{ name: 'Workflow Time Zone', value: WORKFLOW_TIME_ZONE }, ...zones];
}
