import * as n8nWorkflow from 'n8n-workflow';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { pollSegments } from '../../../nodes/SendGridSegments/trigger/poll';
import type { Segment } from '../../../nodes/SendGridSegments/transport/segments';
import { API_KEY } from '../fakes';
import { gate, ID, list, newWorkflowId, OTHER_ID, register, segment } from './n8n';

const eventsOf = (output: INodeExecutionData[][] | null) =>
	output && output[0].map(({ json }) => `${json.event} ${json.segment_name}`);

/** A poll of `functions`, as the events that it reports; `null` as n8n gets it. */
const poll = async (functions: Parameters<typeof pollSegments>[0]) =>
	eventsOf(await pollSegments(functions));

test('a poll that finds nothing gives n8n null, which starts no execution', async () => {
	const { functions } = register({ respond: () => list(segment()) });
	expect(await pollSegments(functions)).toBeNull();
	expect(await pollSegments(functions)).toBeNull();
});

describe('polls at the same time', () => {
	test('of one registration are one poll', async () => {
		const { open, opened } = gate();
		let minute = 0;
		const { functions, requests } = register({
			respond: async () => {
				if (minute > 0) await opened;
				return list(segment(minute));
			},
		});
		await poll(functions);
		minute = 1;
		const first = poll(functions);
		expect(await poll(functions)).toBeNull();
		open();
		expect(await first).toEqual(['refreshed Berlin']);
		expect(requests).toHaveBeenCalledTimes(2);
		minute = 2;
		expect(await poll(functions)).toEqual(['refreshed Berlin']);
	});

	test.each([
		['after it', ['new', 'old']],
		['before it', ['old', 'new']],
	])('an earlier registration, whose response comes %s, reports nothing', async (_when, order) => {
		const workflowId = newWorkflowId();
		const gates = { old: gate(), new: gate() };
		let isWaiting = false;
		const respond = (name: 'old' | 'new') => async () => {
			if (isWaiting) await gates[name].opened;
			return list(segment(isWaiting ? 1 : 0));
		};
		const old = register({ workflowId, respond: respond('old') });
		await poll(old.functions);
		const before = JSON.stringify(old.staticData);

		isWaiting = true;
		const saved = JSON.parse(before) as IDataObject;
		const next = register({
			workflowId,
			respond: respond('new'),
			activation: 'update',
			staticData: saved,
		});
		const polls = { old: poll(old.functions), new: poll(next.functions) };
		for (const name of order as Array<'old' | 'new'>) {
			gates[name].open();
			await polls[name];
		}
		expect(await polls.old).toBeNull();
		expect(await polls.new).toEqual(['refreshed Berlin']);
		expect(JSON.stringify(old.staticData)).toBe(before);
	});
});

test('an earlier registration that n8n still polls sends and reports nothing', async () => {
	const workflowId = newWorkflowId();
	let minute = 0;
	const respond = () => list(segment(minute));
	const old = register({ workflowId, respond });
	const next = register({ workflowId, respond, activation: 'update' });
	await poll(old.functions);
	await poll(next.functions);
	minute = 1;
	expect(await poll(old.functions)).toBeNull();
	expect(await poll(next.functions)).toEqual(['refreshed Berlin']);
	expect(await poll(old.functions)).toBeNull();
	expect(old.requests).toHaveBeenCalledTimes(1);
});

test('triggers with other names, or in other workflows, are other triggers', async () => {
	const workflowId = newWorkflowId();
	let minute = 0;
	const respond = () => list(segment(minute));
	const triggers = [
		register({ workflowId, respond }),
		register({ workflowId, nodeName: 'Another', respond }),
		register({ respond }),
	];
	for (const { functions } of triggers) await poll(functions);
	minute = 1;
	const polls = await Promise.all(triggers.map(async ({ functions }) => await poll(functions)));
	expect(polls).toEqual(triggers.map(() => ['refreshed Berlin']));
});

describe.each(['inMemory', 'scheduler', 'cursors'] as const)('scheduling: %s', (kind) => {
	/** n8n: what it keeps, and the registration that it polls. */
	class N8n {
		private readonly workflowId = newWorkflowId();
		private saved = '{}';
		private inMemory?: ReturnType<typeof register>;
		private pollSegments = pollSegments;
		segments: Segment[] = [segment()];

		constructor(private readonly parameters: INodeParameters) {}

		private async run(registration: ReturnType<typeof register>) {
			return eventsOf(await this.pollSegments(registration.functions));
		}

		private register(activation: 'activate' | 'update' | 'init') {
			return register({
				workflowId: this.workflowId,
				parameters: this.parameters,
				respond: () => list(...this.segments),
				activation,
				staticData: JSON.parse(this.saved) as IDataObject,
			});
		}

		async activate() {
			const registration = this.register('activate');
			expect(await this.run(registration)).toBeNull();
			if (kind !== 'cursors') this.saved = JSON.stringify(registration.staticData);
			this.inMemory = registration;
		}

		/** @param isSaved whether n8n manages to save what comes with the execution */
		async tick(isSaved = true) {
			if (kind !== 'inMemory') this.inMemory = this.register('update');
			const registration = this.inMemory!;
			const events = await this.run(registration);
			if (isSaved && (events || kind === 'cursors')) {
				this.saved = JSON.stringify(registration.staticData);
			}
			return events;
		}

		restart() {
			jest.isolateModules(() => {
				jest.doMock('n8n-workflow', () => n8nWorkflow);
				({ pollSegments: this.pollSegments } = jest.requireActual<{
					pollSegments: typeof pollSegments;
				}>('../../../nodes/SendGridSegments/trigger/poll'));
			});
			this.inMemory = this.register('init');
		}
	}

	const start = async (...events: string[]) => {
		const n8n = new N8n({ events });
		await n8n.activate();
		return n8n;
	};

	test('what happens while the workflow is not active is not reported', async () => {
		const n8n = await start('refreshed', 'created');
		n8n.segments = [segment(1)];
		expect(await n8n.tick()).toEqual(['refreshed Berlin']);
		n8n.segments = [segment(2), segment(0, { id: OTHER_ID, name: 'New' })];
		await n8n.activate();
		expect(await n8n.tick()).toBeNull();
		n8n.segments[0] = segment(3);
		expect(await n8n.tick()).toEqual(['refreshed Berlin']);
		expect(await n8n.tick()).toBeNull();
	});

	test('a restart repeats nothing and loses nothing', async () => {
		const n8n = await start('refreshed');
		if (kind === 'cursors') await n8n.tick();
		n8n.segments = [segment(1)];
		n8n.restart();
		expect(await n8n.tick()).toEqual(['refreshed Berlin']);
		n8n.restart();
		expect(await n8n.tick()).toBeNull();
	});

	if (kind !== 'inMemory') {
		describe('after a report', () => {
			let now = 0;
			beforeEach(() => void jest.spyOn(performance, 'now').mockImplementation(() => now));
			afterEach(() => void jest.restoreAllMocks());

			test('the next minute repeats what n8n could not save', async () => {
				const n8n = await start('refreshed');
				await n8n.tick();
				n8n.segments = [segment(1)];
				expect(await n8n.tick(false)).toEqual(['refreshed Berlin']);
				now += 60_000;
				expect(await n8n.tick()).toEqual(['refreshed Berlin']);
				expect(await n8n.tick()).toBeNull();
			});

			test('polls that n8n started before repeat nothing', async () => {
				const n8n = await start('refreshed');
				await n8n.tick();
				n8n.segments = [segment(1)];
				expect(await n8n.tick(false)).toEqual(['refreshed Berlin']);
				now += 10_000;
				expect(await n8n.tick(false)).toBeNull();
				n8n.segments = [segment(2)];
				expect(await n8n.tick(false)).toEqual(['refreshed Berlin']);
				expect(await n8n.tick(false)).toBeNull();
				now += 60_000;
				expect(await n8n.tick()).toEqual(['refreshed Berlin']);
				expect(await n8n.tick()).toBeNull();
			});

			test('an activation starts over', async () => {
				const n8n = await start('refreshed');
				await n8n.tick();
				n8n.segments = [segment(1)];
				expect(await n8n.tick(false)).toEqual(['refreshed Berlin']);
				await n8n.activate();
				expect(await n8n.tick(false)).toBeNull();
				now += 60_000;
				expect(await n8n.tick()).toBeNull();
			});
		});
	}
});

test('a broken state starts over', async () => {
	let minute = 0;
	const { functions, staticData } = register({ respond: () => list(segment(minute)) });
	await poll(functions);
	staticData.state = { version: 1, segments: { [ID]: [1, 2] } };
	minute = 1;
	expect(await poll(functions)).toBeNull();
	minute = 2;
	expect(await poll(functions)).toEqual(['refreshed Berlin']);
});

test('the API key is not in the state', async () => {
	const { functions, staticData } = register({ respond: () => list(segment()) });
	await poll(functions);
	expect(JSON.stringify(staticData)).toContain('Berlin');
	expect(JSON.stringify(staticData)).not.toContain(API_KEY.slice(0, 6));
});
