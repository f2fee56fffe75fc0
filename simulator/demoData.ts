import { timestamp } from './clock';
import { HOUR_MS } from './records';
import type { Simulator, SimulatorOptions } from './types';

const DAY_MS = 24 * HOUR_MS;

/** Some lists, segments and a scheduled single send to show, the same on every start. */
export function seedDemo(simulator: Simulator): void {
	const newsletter = simulator.addList({
		id: '3c1c9fe2-3d7b-4a52-9a86-0f3a5d1d6f01',
		name: 'Newsletter',
		contact_count: 12840,
	});
	simulator.addList({
		id: '3c1c9fe2-3d7b-4a52-9a86-0f3a5d1d6f02',
		name: 'Trial sign-ups',
		contact_count: 961,
	});
	const segments = [
		{
			name: 'Opened in the last 30 days',
			contacts_count: 4213,
			nextContactsCount: 4307,
			parent_list_ids: [newsletter.id],
			query_dsl:
				"SELECT c.contact_id, c.updated_at FROM contact_data AS c JOIN event_data AS e ON c.contact_id = e.contact_id WHERE e.event_source = 'mail' AND e.event_type = 'open' AND e.timestamp > timestampadd(day, -30, CURRENT_TIMESTAMP)",
		},
		{
			name: 'Customers in Germany',
			contacts_count: 872,
			nextContactsCount: 880,
			query_dsl: "SELECT contact_id, updated_at FROM contact_data WHERE country = 'DE'",
		},
		{
			name: 'No first name',
			contacts_count: 318,
			query_dsl: "SELECT contact_id, updated_at FROM contact_data WHERE first_name = ''",
		},
		{
			name: 'Spring campaign (empty)',
			contacts_count: 0,
			parent_list_ids: [newsletter.id],
			query_dsl: "SELECT contact_id, updated_at FROM contact_data WHERE city = 'Nowhere'",
		},
	];
	const now = simulator.clock.now().getTime();
	// The first is the newest, and so the first that the API lists.
	const [, customers] = segments.map((segment, index) => {
		const created = timestamp(now - (index + 1) * 9 * DAY_MS);
		return simulator.addSegment({
			id: `7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f0${index + 1}`,
			created_at: created,
			updated_at: created,
			sample_updated_at: timestamp(now - (index + 1) * HOUR_MS),
			next_sample_update: timestamp(now + DAY_MS - (index + 1) * HOUR_MS),
			...segment,
		});
	});
	simulator.addSingleSend({
		id: '5d0e6b52-1f0c-4b55-9a0e-6c2f6a1b7e01',
		name: 'Customer news',
		send_at: timestamp(now + 2 * DAY_MS),
		send_to: { segment_ids: [customers.id] },
	});
}

/** A simulator to look at: what takes time takes long enough to be seen. */
export const DEMO_OPTIONS: SimulatorOptions = {
	refreshSeconds: 20,
	exports: { pendingSeconds: 8 },
	updateTooSoon: { status: 429 },
	seed: seedDemo,
};
