import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { numberInHeader, type Reply } from '../exchange';
import { failureOf, SegmentFailure } from '../failures';
import { checkedBoolean, checkedNumber, optionsOf } from '../options';
import { routingOf, type Plan } from '../perItem';
import { judgeRefreshLimit, type RefreshCounts, type RefreshLimit } from '../refreshLimits';
import type { Attempt } from '../run';
import { checkedId, locatorValue } from '../segmentId';
import { glanceAtSegment, isObject, readSegment, SEGMENTS_URL } from '../segments';
import { isSuccess, send, untilReset, type ApiRequest, type Sender } from '../send';
import { timeZoneIn } from '../timeZoneField';
import { waitForRefresh, type Accepted, type Wait } from '../waitForRefresh';

/** @see https://www.twilio.com/docs/sendgrid/api-reference/segmenting-contacts-v2/refresh-segment */
const refreshRequest: ApiRequest = {
	method: 'POST',
	url: `${SEGMENTS_URL}/refresh/{segment_id}`,
	success: [202],
	repeat: 'unlessArrived',
	has429OfItsOwn: true,
};

const MAX_TRIES = 3;

/** What is left to say when the general rate limit turns a refresh away time and again. */
const generalLimit: RefreshLimit = {
	kind: 'limit',
	reason: 'unknown',
	next_refresh_at: null,
	message: "SendGrid's rate limit is reached",
	description: `The refresh was turned away ${MAX_TRIES} times. Run again in a few minutes.`,
};

interface Input {
	segmentId: string;
	timeZone: string;
	whenLimitReached: 'fail' | 'skip';
	wait?: Wait;
}

interface Refreshed extends Accepted {
	jobId: string | null;
	timeZone: string;
}

/**
 * Once the account's refreshes of the day are used up, the rest of the attempt sends none: the limit
 * as an item with this time zone is told it.
 */
const accountLimits = new WeakMap<Attempt, (timeZone: string) => RefreshLimit>();

function jobIdIn(body: unknown): string | null {
	const jobId = isObject(body) ? body.job_id : undefined;
	return typeof jobId === 'string' && jobId !== '' ? jobId : null;
}

function limitReached({ segmentId, timeZone }: Input, limit: RefreshLimit): SegmentFailure {
	const { message, description, reason, next_refresh_at } = limit;
	return new SegmentFailure(message, description, {
		http_status: 429,
		segment_id: segmentId,
		user_time_zone: timeZone,
		reason,
		next_refresh_at,
		job_id: null,
	});
}

/** Which limit a 429 means, learned from one read of the segment. */
async function verdictOn(reply: Reply, sender: Sender, { segmentId, timeZone }: Input) {
	const segment = await readSegment(sender, segmentId).catch(() => undefined);
	const judgeIn = (zone: string) =>
		judgeRefreshLimit({
			segment: segment as RefreshCounts | undefined,
			timeZone: zone,
			now: reply.now,
			rate: {
				remaining: numberInHeader(reply.headers['x-ratelimit-remaining']),
				resetAt: reply.resetAt,
			},
		});
	const verdict = judgeIn(timeZone);
	if (verdict.kind === 'limit' && verdict.reason === 'account_daily') {
		accountLimits.set(sender.attempt, (zone) => judgeIn(zone) as RefreshLimit);
	}
	return verdict;
}

async function refresh(sender: Sender, input: Input): Promise<Refreshed> {
	const { attempt } = sender;
	const { segmentId, timeZone } = input;
	const particulars = { segmentId, timeZone, body: { user_time_zone: timeZone } };
	const throwIfUsedUp = () => {
		const accountLimit = accountLimits.get(attempt);
		if (accountLimit) throw limitReached(input, accountLimit(timeZone));
	};
	throwIfUsedUp();
	const before = input.wait && (await glanceAtSegment(sender, segmentId));

	for (let tries = 1; ; tries++) {
		throwIfUsedUp();
		const reply = await send(sender, refreshRequest, particulars);
		if (isSuccess(refreshRequest, reply)) {
			return { jobId: jobIdIn(reply.body), timeZone, before, acceptedAt: reply.now };
		}
		if (reply.status !== 429) throw failureOf(reply, { ...particulars, method: 'POST' });

		const answeredAt = Date.now();
		const verdict = await verdictOn(reply, sender, input);
		if (verdict.kind === 'limit') throw limitReached(input, verdict);
		if (tries === MAX_TRIES) throw limitReached(input, generalLimit);
		attempt.run.pauseUntil(answeredAt + (untilReset(reply) ?? 0));
	}
}

const plan: Plan<Input, Refreshed> = {
	concurrency: 5,
	tookEffect: ({ status }) => status !== 'skipped',
	neverTwice: true,
	checks: (parameters, context) => {
		const options = optionsOf(parameters);
		const { whenLimitReached = 'fail', timeoutSeconds = 900, pollSeconds = 15 } = options;
		if (whenLimitReached !== 'fail' && whenLimitReached !== 'skip') {
			throw new SegmentFailure(
				'"When Limit Is Reached" must be "fail" or "skip"',
				'Choose one of them, or correct the expression.',
			);
		}
		const waits = checkedBoolean(options.waitForCompletion, 'Wait for Completion');
		return {
			segmentId: checkedId(locatorValue(parameters('segmentId')), 'Segment'),
			timeZone: timeZoneIn(parameters, context),
			whenLimitReached,
			wait: waits
				? {
						timeoutMs: 1000 * checkedNumber(timeoutSeconds, 'Timeout (Seconds)', { min: 1 }),
						pollMs: 1000 * checkedNumber(pollSeconds, 'Poll Interval (Seconds)', { min: 5 }),
					}
				: undefined,
		};
	},
	sharedBy: ({ segmentId }) => segmentId,
	request: refresh,
	instead: ({ details }, { whenLimitReached }) => {
		const { reason, segment_id, user_time_zone, next_refresh_at } = details;
		if (reason === undefined || whenLimitReached === 'fail') return undefined;
		return [
			{ status: 'skipped', job_id: null, segment_id, user_time_zone, reason, next_refresh_at },
		];
	},
	output: async (refreshed, { segmentId, wait }, sender) => {
		const named = {
			job_id: refreshed.jobId,
			segment_id: segmentId,
			user_time_zone: refreshed.timeZone,
		};
		if (!wait) return [{ status: 'accepted', ...named }];
		const key = `wait ${segmentId} ${wait.timeoutMs} ${wait.pollMs}`;
		const { status, ...seen } = await sender.attempt.once(
			key,
			async () => await waitForRefresh(sender, segmentId, refreshed, wait),
		);
		return [{ status, ...named, ...seen }];
	},
};

export const refreshSegment: INodePropertyOptions = {
	name: 'Refresh Segment',
	value: 'refresh',
	action: 'Refresh a segment',
	description:
		'Ask SendGrid to find the contacts of a segment anew. Possible 2 times a day and once an hour per segment, and 10 times a day per account.',
	routing: routingOf(refreshRequest, plan),
};

const showOnlyForRefresh = { '/operation': ['refresh'] };

const showOnlyWhenWaiting = { ...showOnlyForRefresh, waitForCompletion: [true] };

export const refreshOptions: INodeProperties[] = [
	{
		displayName: 'Poll Interval (Seconds)',
		name: 'pollSeconds',
		type: 'number',
		default: 15,
		typeOptions: { minValue: 5 },
		displayOptions: { show: showOnlyWhenWaiting },
		description: 'How often to look whether the refresh is done, at least 5 seconds apart',
	},
	{
		displayName: 'Timeout (Seconds)',
		name: 'timeoutSeconds',
		type: 'number',
		default: 900,
		typeOptions: { minValue: 1 },
		displayOptions: { show: showOnlyWhenWaiting },
		description:
			'How long to wait. When the time is over, the output says "pending" and the workflow carries on.',
	},
	{
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		displayOptions: { show: showOnlyForRefresh },
		description:
			'Whether to wait until SendGrid has refreshed the segment, and add its new number of contacts to the output',
	},
	{
		displayName: 'When Limit Is Reached',
		name: 'whenLimitReached',
		type: 'options',
		default: 'fail',
		displayOptions: { show: showOnlyForRefresh },
		description: 'What to do when SendGrid allows no further refresh for now',
		options: [
			{
				name: 'Fail',
				value: 'fail',
				description: 'The item fails, and says when the next refresh is possible',
			},
			{
				name: 'Skip',
				value: 'skip',
				description: 'The workflow carries on, and the output says when the next is possible',
			},
		],
	},
];
