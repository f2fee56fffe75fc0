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

export const core: typeof Core = nodeRequire('n8n-core');
export const n8n: typeof N8nWorkflow = nodeRequire('n8n-workflow');
export const { Container }: typeof DependencyInjection = nodeRequire('@n8n/di');
export const { Logger }: typeof BackendCommon = nodeRequire('@n8n/backend-common');

/** Not part of what n8n-core exports. */
export const { SSHClientsManager }: typeof SshClients = nodeRequire(
	'n8n-core/dist/execution-engine/ssh-clients-manager',
);
