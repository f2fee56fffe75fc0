import { getGlobalState } from 'n8n-workflow';

/** The value of the field "Time Zone" that means the workflow's, and of the workflow setting that means n8n's. */
export const WORKFLOW_TIME_ZONE = 'DEFAULT';

/**
 * The time zone of a workflow, from what `getTimezone()` returns. n8n puts its own there only if the
 * workflow has no such setting; `DEFAULT` and the empty text of imported workflows mean the same.
 */
export function workflowTimeZone(setting: string): string {
	return setting === '' || setting === WORKFLOW_TIME_ZONE
		? getGlobalState().defaultTimezone
		: setting;
}
