import type { IHttpRequestOptions } from 'n8n-workflow';
import { isEngine2, nodeRequire } from '../n8n';

/** n8n's own request helper, without a workflow around it. */
export const { httpRequest } = nodeRequire(
	`${isEngine2 ? 'n8n-core' : 'n8n-core-1'}/dist/execution-engine/node-execution-context/utils/request-helper-functions`,
) as { httpRequest: (options: IHttpRequestOptions) => Promise<unknown> };
