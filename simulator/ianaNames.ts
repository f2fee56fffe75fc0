import { IANAZone } from 'luxon';
import moment from 'moment-timezone';

// Intl accepts any letter case, and newer versions offsets too; the tz database's own names are exact.
const names = new Set(moment.tz.names());

/** Whether `name` is a time zone name in IANA's own spelling. */
export function isIanaName(name: unknown): name is string {
	return typeof name === 'string' && names.has(name) && IANAZone.create(name).isValid;
}
