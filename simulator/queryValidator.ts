const TABLES = ['contact_data', 'event_data'];

// The names of the two that were seen; the query language has more that SendGrid does not know.
const UNSUPPORTED_FUNCTION = /\b(CONTAINS)\s*\(/i;
const ILLEGAL_COLUMN = /\b(last_opened)\b/i;

/**
 * Why the validator refuses a query at once, in SendGrid's words as far as they are known; undefined if
 * it accepts it. What an accepted query comes to later is up to the query rules.
 */
export function queryRefusal(query: string): string | undefined {
	// Text in quotes and comments say nothing about the query.
	const sql = query.replace(/'[^']*'|--[^\n]*/g, ' ').trim();
	if (!/^select\b/i.test(sql)) return 'invalid query: it must begin with SELECT';
	const unsupported = UNSUPPORTED_FUNCTION.exec(sql)?.[1];
	if (unsupported !== undefined) {
		return `unsupported SQL function: '${unsupported.toUpperCase()}'`;
	}
	for (const [, table] of sql.matchAll(/\b(?:from|join)\s+([\w.]+)/gi)) {
		if (!TABLES.includes(table.toLowerCase())) return `illegal table name: '${table}'`;
	}
	const column = ILLEGAL_COLUMN.exec(sql)?.[1];
	return column === undefined
		? undefined
		: `illegal column name: '${column}' referenced for table: 'contact_data'`;
}
