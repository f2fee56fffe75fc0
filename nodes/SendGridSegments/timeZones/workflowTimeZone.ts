import { getGlobalState } from 'n8n-workflow';

/** In the node's field, it means the workflow's time zone; in the workflow's settings, n8n's own. */
export const WORKFLOW_TIME_ZONE = 'DEFAULT';

/**
 * The time zone of a workflow, from what `getTimezone()` returns. n8n returns its own only if the
 * workflow has no such setting; `DEFAULT` and the empty text of imported workflows mean the same.
 */
export function workflowTimeZone(setting: string): string {
	return setting === '' || setting === WORKFLOW_TIME_ZONE
		? getGlobalState().defaultTimezone
		: setting;
}
