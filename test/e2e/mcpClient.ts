import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** What n8n responded to the call of a tool. */
export interface ToolAnswer {
	isError: boolean;
	text: string;
}

/** A client of n8n's MCP Server Trigger. */
export interface McpClient {
	listTools: () => Promise<Array<{ name: string; description?: string; inputSchema: object }>>;
	call: (tool: string, args?: Record<string, unknown>) => Promise<ToolAnswer>;
	close: () => Promise<void>;
}

/**
 * Connects to an MCP Server Trigger of a published workflow.
 *
 * @param bearerToken for "Bearer Auth"
 */
export async function connectMcpClient(
	n8nUrl: string,
	path: string,
	bearerToken?: string,
): Promise<McpClient> {
	const client = new Client({ name: 'e2e', version: '1.0.0' });
	const headers: Record<string, string> = bearerToken
		? { authorization: `Bearer ${bearerToken}` }
		: {};
	await client.connect(
		new StreamableHTTPClientTransport(new URL(`${n8nUrl}/mcp/${path}`), {
			requestInit: { headers },
		}),
	);
	return {
		listTools: async () => (await client.listTools()).tools,
		call: async (name, args = {}) => {
			const { isError = false, content } = await client.callTool({ name, arguments: args });
			const [{ text }] = content as Array<{ text: string }>;
			return { isError: isError as boolean, text };
		},
		close: async () => await client.close(),
	};
}
