import type { SegmentStatus } from './records';

/** What SendGrid makes of queries that are created or changed; without a rule they are VALID. */
export interface QueryRule {
	/** Applies to queries that contain this text; default: to all. */
	includes?: string;
	/** In the response to Create and Update, and until the segment is counted; default VALID. INVALID is final. */
	initialStatus?: SegmentStatus;
	/** Once the segment is counted; default VALID. INVALID: it never is. */
	finalStatus?: SegmentStatus;
}

const VALID: SegmentStatus = { query_validation: 'VALID' };

/** The statuses that a query has until it is counted, and from then on. The first rule that matches applies. */
export function queryStatuses(
	rules: QueryRule[],
	query: string,
): Required<Omit<QueryRule, 'includes'>> {
	const rule = rules.find(({ includes = '' }) => query.includes(includes));
	const initialStatus = rule?.initialStatus ?? VALID;
	if (initialStatus.query_validation === 'INVALID') {
		return { initialStatus, finalStatus: initialStatus };
	}
	return { initialStatus, finalStatus: rule?.finalStatus ?? VALID };
}
