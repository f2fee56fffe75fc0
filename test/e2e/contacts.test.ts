import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import { callWebhook } from '../../tools/n8n/executions';
import {
	connect,
	extractFromFileNode,
	itemsBody,
	itemsWorkflow,
	segmentsNode,
	type NodeInput,
} from '../../tools/n8n/workflows';
import { describeOnEveryN8n } from './describeOnEveryN8n';

const QUICKLY = { options: { pollSeconds: 2 } };

describeOnEveryN8n((ctx) => {
	const contactNode = (
		operation: string,
		parameters: INode['parameters'] = {},
		settings: Partial<INode> = {},
	) =>
		segmentsNode(operation, ctx.credential, {
			parameters: { resource: 'contact', ...parameters },
			...settings,
		});

	/** A segment of two contacts, with values that a file has to quote and to encode. */
	const addSegment = () => {
		const { id } = ctx.simulator.addSegment();
		const contacts = [
			{ contact_id: randomUUID(), email: 'contact-1@example.com', first_name: 'Zoë' },
			{ contact_id: randomUUID(), email: 'contact-2@example.com', first_name: 'Two, "2"\nlines' },
		];
		ctx.simulator.addContacts(id, contacts);
		return { id, contacts };
	};

	test('Export to File as CSV: Extract from File makes an item of each contact', async () => {
		const { id, contacts } = addSegment();
		const { output } = await callWebhook(
			ctx.n8n,
			itemsWorkflow(contactNode('export', QUICKLY), extractFromFileNode('csv')),
			itemsBody([id]),
		);
		expect(output('Extract from File').map(({ json }) => json)).toEqual(
			contacts.map(({ contact_id, email, first_name }) =>
				expect.objectContaining({ CONTACT_ID: contact_id, EMAIL: email, FIRST_NAME: first_name }),
			),
		);
	});

	// "Extract From JSON" does not open a file with several JSON texts.
	test('Export to File as JSON: Extract from File reads the text, and each line is a contact', async () => {
		const { id, contacts } = addSegment();
		const lines: NodeInput = {
			name: 'Lines',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			parameters: {
				assignments: {
					assignments: [
						{
							id: randomUUID(),
							name: 'contact',
							type: 'array',
							value: "={{ $json.data.trim().split('\\n').map((line) => line.parseJson()) }}",
						},
					],
				},
			},
		};
		const splitOut: NodeInput = {
			name: 'Contacts',
			type: 'n8n-nodes-base.splitOut',
			parameters: { fieldToSplitOut: 'contact' },
		};
		const workflow = itemsWorkflow(
			contactNode('export', { format: 'json', ...QUICKLY }),
			extractFromFileNode('text'),
			lines,
			splitOut,
		);
		Object.assign(
			workflow.connections,
			connect({
				Segments: ['Extract from File'],
				'Extract from File': ['Lines'],
				Lines: ['Contacts'],
			}),
		);
		const { output } = await callWebhook(ctx.n8n, workflow, itemsBody([id]));
		expect(output('Contacts').map(({ json }) => json)).toMatchObject(contacts);
	});
});
