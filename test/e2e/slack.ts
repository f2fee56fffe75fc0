import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';

/** A message as n8n's Slack node posts it, as far as the tests read it. */
interface SlackMessage {
	text?: string;
	blocks?: Array<{ type: string; text?: { text: string }; elements?: SlackButton[] }>;
}

interface SlackButton {
	text: { text: string };
	url: string;
}

/** A stand-in for Slack's API that accepts every message. */
export interface Slack {
	/** In place of https://slack.com. */
	url: string;
	messages: SlackMessage[];
	/** Resolves with the next message that arrives. */
	nextMessage: () => Promise<SlackMessage>;
	stop: () => Promise<void>;
}

export async function startSlack(): Promise<Slack> {
	const app = Fastify({ forceCloseConnections: true });
	const messages: SlackMessage[] = [];
	const arrivals = new EventEmitter();
	app.post('/api/chat.postMessage', (request) => {
		const message = request.body as SlackMessage;
		messages.push(message);
		arrivals.emit('message', message);
		return { ok: true, channel: 'C0123456789', ts: '1.1' };
	});
	await app.listen({ host: '127.0.0.1', port: 0 });
	return {
		url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
		messages,
		nextMessage: async () => {
			const [message] = (await once(arrivals, 'message')) as [SlackMessage];
			return message;
		},
		stop: async () => await app.close(),
	};
}
