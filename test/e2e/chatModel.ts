import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';

/** A call of a tool, by the name that the model knows it by. */
export interface ToolCall {
	tool: string;
	arguments: Record<string, unknown>;
}

/** What a model is asked, as far as the tests look at it. */
interface ChatRequest {
	messages: Array<{ role: string; content: string; tool_call_id?: string }>;
	tools?: Array<{ function: { name: string; description: string; parameters: object } }>;
}

/** A chat model that does what a test tells it, behind the API that OpenAI's clients speak. */
export interface ChatModel {
	/** For the credential of n8n's OpenAI node. */
	url: string;
	/** It makes these calls, all in one turn, the next time it is asked something. */
	willCall: (...calls: ToolCall[]) => void;
	/** What it was asked since then. */
	requests: ChatRequest[];
	/** What the calls gave back to it, in their order. */
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
		const isAnswered = calls.length === 0 || chat.messages.at(-1)?.role === 'tool';
		const message = isAnswered
			? { role: 'assistant', content: 'Done.' }
			: { role: 'assistant', content: null, tool_calls: calls.map(asToolCall) };
		return {
			id: 'chatcmpl-1',
			object: 'chat.completion',
			created: 1,
			model: 'stand-in',
			choices: [{ index: 0, message, finish_reason: isAnswered ? 'stop' : 'tool_calls' }],
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
				const answer = messages.find((message) => message.tool_call_id === callId(index));
				return answer && JSON.parse(answer.content);
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
