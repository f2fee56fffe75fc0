import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NodeHelpers, type INode, type INodeTypeDescription } from 'n8n-workflow';
import { SendGridSegments } from '../../nodes/SendGridSegments/SendGridSegments.node';
import { SendGridSegmentsTrigger } from '../../nodes/SendGridSegments/SendGridSegmentsTrigger.node';
import { EXAMPLES, readExample } from '../../tools/examples';
import { SEGMENTS_NODE, SEGMENTS_TOOL, TRIGGER_NODE } from '../../tools/n8n/workflows';

const segments = new SendGridSegments().description;

const DESCRIPTIONS: Record<string, INodeTypeDescription> = {
	[SEGMENTS_NODE]: segments,
	[SEGMENTS_TOOL]: segments,
	[TRIGGER_NODE]: new SendGridSegmentsTrigger().description,
};

/** Fields of every tool and of every polling trigger. */
const ADDED_BY_N8N = ['descriptionType', 'toolDescription', 'pollTimes'];

interface Box {
	name: string;
	left: number;
	top: number;
	right: number;
	bottom: number;
}

/** Where a node is on the canvas, with its label, as large as n8n's largest nodes. */
function boxOf({ name, type, position: [left, top], parameters }: INode): Box {
	const isNote = type === 'n8n-nodes-base.stickyNote';
	const [width, height] = isNote
		? [Number(parameters.width), Number(parameters.height)]
		: [/\.(agent|mcpTrigger)$/.test(type) ? 250 : 150, 140];
	return { name, left, top, right: left + width, bottom: top + height };
}

const overlap = (a: Box, b: Box) =>
	a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

it('lists every example', async () => {
	const files = await readdir(join(__dirname, '../../examples'));
	expect(files.sort()).toEqual(EXAMPLES.map((name) => `${name}.json`).sort());
});

describe.each(EXAMPLES)('%s', (name) => {
	it('uses only fields that the nodes have and show', async () => {
		const { nodes } = await readExample(name);
		const ours = nodes.filter(({ type }) => type in DESCRIPTIONS);
		expect(ours).not.toEqual([]);
		for (const node of ours) {
			const parameters = structuredClone(node.parameters);
			for (const field of ADDED_BY_N8N) delete parameters[field];
			const description = DESCRIPTIONS[node.type];
			// n8n leaves out what it does not know or show.
			const known = NodeHelpers.getNodeParameters(
				description.properties,
				parameters,
				true,
				false,
				node,
				description,
			);
			expect(known).toMatchObject(parameters);
		}
	});

	it('has a note that covers nothing', async () => {
		const boxes = (await readExample(name)).nodes.map(boxOf);
		const overlapping = boxes.flatMap((a, index) =>
			boxes
				.slice(index + 1)
				.filter((b) => overlap(a, b))
				.map((b) => `${a.name} and ${b.name}`),
		);
		expect(overlapping).toEqual([]);
	});
});
