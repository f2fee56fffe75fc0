import { getTimeZones, rawTimeZones } from '@vvo/tzdb';
import { IANAZone } from 'luxon';

// Intl accepts any letter case, and newer versions offsets too; the tz database's own names are exact.
const fixedOffsets = getTimeZones({ includeUtc: true, includeGmtOffsets: true });
const names = new Set([...rawTimeZones, ...fixedOffsets].flatMap(({ group }) => group));

/** Whether `name` is a time zone name in IANA's own spelling. */
export function isIanaName(name: unknown): name is string {
	return typeof name === 'string' && names.has(name) && IANAZone.create(name).isValid;
}
