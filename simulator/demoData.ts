import type { Simulator } from './index';

/** Some lists and segments to show, the same on every start. */
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
				"SELECT c.contact_id, c.updated_at FROM contact_data AS c JOIN event_data AS e ON c.contact_id = e.contact_id WHERE e.event_type = 'opened' AND e.timestamp > DATE_SUB(NOW(), INTERVAL 30 DAY)",
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
	segments.forEach((segment, index) =>
		simulator.addSegment({
			id: `7b6f2c1e-58a4-4d0b-8f3e-9a1c2d3e4f0${index + 1}`,
			...segment,
		}),
	);
}
