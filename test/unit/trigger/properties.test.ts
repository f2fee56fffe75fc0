import fc from 'fast-check';
import { EVENTS } from '../../../nodes/SendGridSegments/trigger/events';
import {
	detectEvents,
	parseState,
	type TriggerSettings,
} from '../../../nodes/SendGridSegments/trigger/state';
import { Model, World } from './world';

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
const life = fc.constantFrom(
	{ type: 'poll' as const },
	{ type: 'poll' as const },
	{ type: 'failingPoll' as const },
	{ type: 'save' as const },
	{ type: 'restart' as const },
);

const story = fc.array(fc.oneof({ weight: 3, arbitrary: change }, { weight: 2, arbitrary: life }), {
	maxLength: 60,
});

/**
 * Who watches `deleted` watches `created`, too. Otherwise a segment that was created and deleted
 * with nothing to report in between is forgotten by a restart in between, and no list shows it.
 */
const events = fc
	.subarray([...EVENTS], { minLength: 1 })
	.filter((some) => some.includes('created') || !some.includes('deleted'));

const watched = fc.record({
	events,
	minChange: fc.integer({ min: 1, max: 15 }),
	minChangePercent: fc.nat({ max: 60 }),
});

/** A trigger in an n8n that saves its state as text, and only when a poll reports something. */
class TriggerInN8n {
	private memory: unknown;
	private saved = 'null';

	constructor(private readonly settings: TriggerSettings) {}

	poll(world: World): Array<Record<string, unknown>> {
		const previous = parseState(this.memory);
		const { items, state } = detectEvents(previous, world.list(), this.settings, world.now);
		this.memory = state;
		if (items.length > 0) this.save();
		return items;
	}

	save(): void {
		this.saved = JSON.stringify(this.memory);
	}

	restart(): void {
		this.memory = JSON.parse(this.saved);
	}
}

const names = (items: Array<Record<string, unknown>>) =>
	items.map(({ event, segment_id: id }) => `${event} ${id}`).sort();

function apply(world: World, step: typeof change extends fc.Arbitrary<infer T> ? T : never): void {
	if (step.type === 'create') world.create();
	else if (step.type === 'edit') world.edit(step.index, step.status);
	else if (step.type === 'count') world.count(step.index, step.count);
	else if (step.type === 'break') world.break(step.index);
	else world.remove(step.index);
}

/** Tells the story to a trigger, whose baseline is saved as n8n does after activation. */
function tell(
	steps: typeof story extends fc.Arbitrary<infer T> ? T : never,
	settings: TriggerSettings,
	onPoll: (items: Array<Record<string, unknown>>, world: World) => void,
): void {
	const world = new World();
	for (let number = 0; number < 3; number++) world.create();
	world.count(0, 10);
	world.break(1);
	const trigger = new TriggerInN8n(settings);
	onPoll(trigger.poll(world), world);
	trigger.save();
	for (const step of [...steps, { type: 'poll' as const }]) {
		world.now += 1;
		if (step.type === 'poll') onPoll(trigger.poll(world), world);
		else if (step.type === 'save') trigger.save();
		else if (step.type === 'restart') trigger.restart();
		else if (step.type !== 'failingPoll') apply(world, step);
	}
}

const settingsOf = (partial: Partial<TriggerSettings>): TriggerSettings => ({
	events: [...EVENTS],
	segmentIds: [],
	minChange: 1,
	minChangePercent: 0,
	account: 'a',
	...partial,
});

test('no event is reported twice and none is lost, in any order of polls, failures, saves and restarts', () => {
	fc.assert(
		fc.property(story, watched, (steps, settings) => {
			const model = new Model(settings);
			tell(steps, settingsOf(settings), (items, world) => {
				expect(names(items)).toEqual(model.poll(world));
			});
		}),
		{ numRuns: 3000 },
	);
});

test('restarts change nothing of the items either', () => {
	fc.assert(
		fc.property(story, watched, (steps, settings) => {
			const report = (restarts: boolean) => {
				const all: unknown[] = [];
				const kept = steps.map((step) =>
					step.type === 'restart' && !restarts ? { type: 'failingPoll' as const } : step,
				);
				tell(kept, settingsOf({ ...settings, events: [...EVENTS] }), (items) => all.push(items));
				return all;
			};
			expect(report(true)).toEqual(report(false));
		}),
		{ numRuns: 500 },
	);
});
