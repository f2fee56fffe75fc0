/**
 * What SendGrid allows. Messages, hints, descriptions and the simulator use these numbers.
 *
 * @see https://www.twilio.com/docs/sendgrid/ui/sending-email/segmenting-your-contacts
 * @see https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
 */

/** Segments per account. */
export const MAX_SEGMENTS = 200;

/** Manual refreshes per segment per day; the day starts at midnight in the segment's time zone. */
export const REFRESHES_PER_SEGMENT_PER_DAY = 2;

/** Manual refreshes per segment per hour. */
export const REFRESHES_PER_SEGMENT_PER_HOUR = 1;

/** Manual refreshes per account per day; the day starts at 00:00 UTC. */
export const REFRESHES_PER_ACCOUNT_PER_DAY = 10;

/** A segment cannot be changed again within this many minutes. */
export const MINUTES_BETWEEN_UPDATES = 5;

/** Requests per minute, for segments and lists. */
export const REQUESTS_PER_MINUTE = 600;

/** Requests per minute, for contact search. */
export const SEARCHES_PER_MINUTE = 200;

/** Characters in a segment's name. */
export const MAX_NAME_CHARACTERS = 100;

/** Parent lists that the list of segments can be filtered by. */
export const MAX_PARENT_LISTS = 50;

/** Megabytes in one file of an export. */
export const MAX_EXPORT_FILE_MB = 5000;

/** Email addresses in one contact search. */
export const MAX_EMAILS_PER_SEARCH = 100;
