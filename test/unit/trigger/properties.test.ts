import fc from 'fast-check';
import { SEGMENT_EVENTS } from '../../../nodes/SendGridSegments/trigger/events';
import { TriggerMemory } from '../../../nodes/SendGridSegments/trigger/memory';
import type { TriggerSettings } from '../../../nodes/SendGridSegments/trigger/settings';
import type { Segment } from '../../../nodes/SendGridSegments/transport/segments';
import { distort, Model, World, type Oddity } from './world';

const index = fc.nat({ max: 5 });

/** What happens in SendGrid. */
const change = fc.oneof(
	fc.constant({ type: 'create' as const }),
	fc.record({
		type: fc.constant('edit' as const),
		index,
		status: fc.constantFrom('VALID' as const, 'PENDING' as const, 'INVALID' as const),
	}),
	fc.record({ type: fc.constant('count' as const), index, count: fc.nat({ max: 40 }) }),
	fc.record({ type: fc.constant('break' as const), index }),
	fc.record({ type: fc.constant('remove' as const), index }),
);

/** What happens in n8n. */
const life = fc.oneof(
	{ weight: 3, arbitrary: fc.constant({ type: 'poll' as const }) },
	{
		weight: 3,
		arbitrary: fc.record({
			type: fc.constant('oddPoll' as const),
			oddity: fc.constantFrom<Oddity[]>('emptyList', 'noCount', 'year1'),
		}),
	},
	fc.constant({ type: 'activate' as const }),
	fc.constant({ type: 'restart' as const }),
);

const story = fc.array(fc.oneof({ weight: 3, arbitrary: change }, { weight: 2, arbitrary: life }), {
	maxLength: 60,
});

type Value<T> = T extends fc.Arbitrary<infer V> ? V : never;

/**
 * How n8n keeps the state. In memory, and saved with a report (n8n 1 and 2), read from what was saved
 * with the latest report (n8n's scheduler), or saved with each poll but the one of the activation
 * (the scheduler with durable cursors).
 */
const scheduling = fc.constantFrom('inMemory' as const, 'scheduler' as const, 'cursors' as const);

const watched = fc.record({
	events: fc.subarray([...SEGMENT_EVENTS], { minLength: 1 }),
	minChange: fc.integer({ min: 1, max: 15 }),
	minChangePercent: fc.nat({ max: 60 }),
});

/** A trigger in an n8n that saves its state as text. */
class TriggerInN8n {
	private memory = new TriggerMemory();
	private inMemory: unknown;
	private saved: string | undefined;

	constructor(
		private readonly settings: TriggerSettings,
		private readonly kind: Value<typeof scheduling>,
	) {}

	private read(isFirst: boolean, segments: Segment[], now: number) {
		const saved: unknown = this.saved && JSON.parse(this.saved);
		const { items, state } = this.memory.compare(
			this.kind === 'inMemory' ? this.inMemory : saved,
			isFirst,
			{ segments, account: 'a', now },
			this.settings,
		);
		this.inMemory = state;
		const isSaved = this.kind === 'cursors' ? !isFirst : isFirst || items.length > 0;
		if (isSaved) this.saved = JSON.stringify(state);
		return items;
	}

	activate(world: World): void {
		expect(this.read(true, world.list(), world.now)).toEqual([]);
	}

	poll({ now }: World, segments: Segment[]): Array<Record<string, unknown>> {
		return this.read(false, segments, now);
	}

	restart(): void {
		this.memory = new TriggerMemory();
		this.inMemory = this.saved && JSON.parse(this.saved);
	}
}

const names = (items: Array<Record<string, unknown>>) =>
	items.map(({ event, segment_id: id }) => `${event} ${id}`).sort();

function apply(world: World, step: Value<typeof change>): void {
	if (step.type === 'create') world.create();
	else if (step.type === 'edit') world.edit(step.index, step.status);
	else if (step.type === 'count') world.count(step.index, step.count);
	else if (step.type === 'break') world.break(step.index);
	else world.remove(step.index);
}

/** Tells the story to a trigger and to the model, and compares what each poll reports. */
function tell(
	steps: Value<typeof story>,
	kind: Value<typeof scheduling>,
	watch: Value<typeof watched>,
) {
	const world = new World();
	for (let number = 0; number < 3; number++) world.create();
	world.count(0, 10);
	world.break(1);
	const trigger = new TriggerInN8n({ ...watch, segmentIds: [] }, kind);
	const model = new Model(watch);
	const activate = () => {
		trigger.activate(world);
		model.startOver();
		model.poll(world);
	};
	/** What odd responses delay comes with the next one that is not odd. */
	let early: Array<Record<string, unknown>> = [];
	const poll = () => {
		const items = [...early, ...trigger.poll(world, world.list())];
		early = [];
		expect(names(items)).toEqual(model.poll(world));
	};
	activate();
	for (const step of [...steps, { type: 'poll' as const }]) {
		world.now += 1;
		if (step.type === 'poll') poll();
		else if (step.type === 'oddPoll') {
			const list = distort(world.list(), step.oddity, (id) => model.hasSeen(id));
			early = trigger.poll(world, list);
			model.setWasEmpty(list.length === 0);
			poll();
		} else if (step.type === 'activate') activate();
		else if (step.type === 'restart') {
			trigger.restart();
			if (kind !== 'cursors') model.setWasEmpty(false);
		} else apply(world, step);
	}
}

/**
 * Leaves out what a restart of n8n loses. With cursors, n8n has nothing of an activation before the
 * next poll. Without them, it has nothing of a new segment that no event has reported: who watches
 * `deleted` has to watch `created`, too.
 */
function withoutLosses(
	steps: Value<typeof story>,
	kind: Value<typeof scheduling>,
	{ events }: Value<typeof watched>,
): Value<typeof story> {
	const isLossy = kind !== 'cursors' && events.includes('deleted') && !events.includes('created');
	const pollBefore = kind === 'cursors' ? [{ type: 'poll' as const }] : [];
	return steps.flatMap<(typeof steps)[number]>((step) => {
		if (step.type !== 'restart') return step;
		return isLossy ? pollBefore : [...pollBefore, step];
	});
}

test('no event is reported twice and none is lost, in any order of polls, odd responses, pauses and restarts', () => {
	fc.assert(
		fc.property(story, scheduling, watched, (steps, kind, watch) => {
			tell(withoutLosses(steps, kind, watch), kind, watch);
		}),
		{ numRuns: 2000 },
	);
});
