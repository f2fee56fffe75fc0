import { startSimulator } from '../../simulator';

/*
 * The simulator of SendGrid in a process of its own. Its exports are ready at once, and its rate limit
 * turns nobody away.
 */
async function main(): Promise<void> {
	const simulator = await startSimulator({
		exports: { pendingReads: 0 },
		rateLimit: { limit: 1e9, searchLimit: 1e9 },
	});
	process.on('message', (contacts: number | 'takeRequests') => {
		if (contacts === 'takeRequests') {
			const { length } = simulator.log;
			simulator.resetLog();
			process.send!(length);
		} else process.send!(simulator.addSegment({ contacts_count: contacts }).id);
	});
	process.on('disconnect', () => process.exit());
	process.send!({ url: simulator.url, apiKey: simulator.keys.full });
}

void main();
