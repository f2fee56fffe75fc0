import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';

/** A call of a tool, by the name that the model sees. */
export interface ToolCall {
	tool: string;
	arguments: Record<string, unknown>;
}

/** A request to the model, as far as the tests read it. */
interface ChatRequest {
	messages: Array<{ role: string; content: string; tool_call_id?: string }>;
	tools?: Array<{ function: { name: string; description: string; parameters: object } }>;
}

/** A scripted chat model with OpenAI's API. */
export interface ChatModel {
	/** For the credential of n8n's OpenAI node. */
	url: string;
	/** On its next request, the model makes these tool calls, all in one turn. */
	willCall: (...calls: ToolCall[]) => void;
	/** Requests since the last `willCall`. */
	requests: ChatRequest[];
	/** Results of the calls, in order. */
	results: () => unknown[];
	stop: () => Promise<void>;
}

export async function startChatModel(): Promise<ChatModel> {
	const app = Fastify();
	let calls: ToolCall[] = [];
	const requests: ChatRequest[] = [];

	app.post('/v1/chat/completions', (request) => {
		const chat = request.body as ChatRequest;
		requests.push(chat);
		const isDone = calls.length === 0 || chat.messages.at(-1)?.role === 'tool';
		const message = isDone
			? { role: 'assistant', content: 'Done.' }
			: { role: 'assistant', content: null, tool_calls: calls.map(asToolCall) };
		return {
			id: 'chatcmpl-1',
			object: 'chat.completion',
			created: 1,
			model: 'stand-in',
			choices: [{ index: 0, message, finish_reason: isDone ? 'stop' : 'tool_calls' }],
			usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
		};
	});
	await app.listen({ host: '127.0.0.1', port: 0 });

	const { port } = app.server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/v1`,
		willCall: (...next) => {
			calls = next;
			requests.length = 0;
		},
		requests,
		results: () =>
			calls.map((_, index) => {
				const { messages } = requests.at(-1)!;
				const result = messages.find((message) => message.tool_call_id === callId(index));
				return result && JSON.parse(result.content);
			}),
		stop: async () => await app.close(),
	};
}

const callId = (index: number) => `call_${index}`;

const asToolCall = (call: ToolCall, index: number) => ({
	id: callId(index),
	type: 'function',
	function: { name: call.tool, arguments: JSON.stringify(call.arguments) },
});
