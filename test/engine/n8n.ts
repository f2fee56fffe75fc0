import { runInThisContext } from 'node:vm';
import type * as BackendCommon from '@n8n/backend-common';
import type * as DependencyInjection from '@n8n/di';
import type * as Core from 'n8n-core';
import type * as SshClients from 'n8n-core/dist/execution-engine/ssh-clients-manager';
import type * as N8nWorkflow from 'n8n-workflow';

/**
 * Node's own `require`, which loads outside of jest's sandbox. In the sandbox the failures that
 * Node itself makes (ECONNREFUSED and its kin) are not `instanceof Error`, and n8n reports them
 * differently from how it does in service. It also loads n8n once per worker, not per test file.
 */
export const nodeRequire: NodeJS.Require = runInThisContext(
	"process.getBuiltinModule('node:module')",
).createRequire(__filename);

/** The tests run on the engine of n8n 1, or on that of n8n 2 with `N8N_CORE=2`. */
export const isEngine2 = process.env.N8N_CORE === '2';
export const coreName = isEngine2 ? 'n8n-core' : 'n8n-core-1';

// The core of n8n 1 has an n8n-workflow of its own. The node must get the same, as in n8n.
const Module = nodeRequire('node:module') as typeof import('node:module') & {
	_resolveFilename: (request: string, ...rest: unknown[]) => string;
};
const coreRequire = Module.createRequire(nodeRequire.resolve(`${coreName}/package.json`));
const workflowFile = coreRequire.resolve('n8n-workflow');
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
	return request === 'n8n-workflow' ? workflowFile : resolveFilename.call(this, request, ...rest);
};

export const core: typeof Core = nodeRequire(coreName);
export const n8n: typeof N8nWorkflow = coreRequire('n8n-workflow');
export const { Container }: typeof DependencyInjection = coreRequire('@n8n/di');
export const { Logger }: typeof BackendCommon = coreRequire('@n8n/backend-common');

/** Not part of what n8n-core exports. */
export const { SSHClientsManager }: typeof SshClients = nodeRequire(
	`${coreName}/dist/execution-engine/ssh-clients-manager`,
);
