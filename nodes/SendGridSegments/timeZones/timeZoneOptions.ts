import type { INodePropertyOptions } from 'n8n-workflow';
import { WORKFLOW_TIME_ZONE, workflowTimeZone } from './workflowTimeZone';
import { getTable, type Zone } from './zones';

/** The offset of a time zone from UTC, such as `+05:30`; `undefined` if this Node.js does not know it. */
function offsetAt(timeZone: string, now: Date): string | undefined {
	try {
		const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
		return format.format(now).split('GMT')[1] || '+00:00';
	} catch {
		return undefined;
	}
}

/** "America/New York · Eastern Time, EST/EDT (UTC-05:00) · New York City, …, United States" */
function labelOf({ name, longName, abbreviations, places }: Zone, offset: string): string {
	const names = [longName, abbreviations].filter(Boolean).join(', ');
	return `${name.replaceAll('_', ' ')} · ${names} (UTC${offset}) · ${places}`;
}

/**
 * The options of the drop-down: the workflow's own, then every IANA time zone once, with its
 * offset at `now`. Needs no network.
 *
 * n8n shows the options whose labels contain what is typed, in the order given. So a label contains every
 * name that people use, and the most common zones come first.
 *
 * @param setting what `getTimezone()` of the context returns. While options are loaded, n8n does not
 * tell the workflow's own time zone, only n8n's default
 */
export function timeZoneOptions(setting?: string, now = new Date()): INodePropertyOptions[] {
	const name =
		setting === undefined
			? 'Workflow Time Zone'
			: `Workflow Time Zone (default: ${workflowTimeZone(setting)})`;
	const options = [{ name, value: WORKFLOW_TIME_ZONE }];
	for (const zone of getTable().zones) {
		const offset = offsetAt(zone.name, now);
		if (offset) options.push({ name: labelOf(zone, offset), value: zone.name });
	}
	return options;
}
