import type { FastifyRequest } from 'fastify';

import {
	MAX_PARENT_LISTS,
	MINUTES_BETWEEN_UPDATES,
	REFRESHES_PER_SEGMENT_PER_DAY,
} from '../nodes/SendGridSegments/limits';
import type { Account } from './account';
import { type SimulatedClock, timestamp } from './clock';
import type { KeyRights } from './keys';
import { isIanaName } from './ianaNames';
import { type Page, pageOfSize } from './pages';
import { queryStatuses } from './queryRules';
import type { SegmentRecord } from './records';
import { refreshesUsedToday, refreshLimitHit } from './refreshQuota';
import { type EndpointResponse, errorResponse, type RefusedResponse } from './responses';
import { listOrNothing } from './apiSettings';
import { parseCreateInput, parseUpdateInput } from './segmentInput';
import { listedSegment, savedSegment, segmentDetails } from './segmentViews';
import { isUuid } from './uuid';

const MINUTE_MS = 60_000;

type Query = Record<string, string | string[] | undefined>;

/** The six endpoints of Segments 2.0. Each acts at once and returns its response. */
export class SegmentEndpoints {
	/** @param pageSize segments per page of the list; undefined: all in one response, as SendGrid does */
	constructor(
		private readonly account: Account,
		private readonly clock: SimulatedClock,
		private readonly pageSize?: number,
	) {}

	create(request: FastifyRequest): EndpointResponse {
		const input = parseCreateInput(this.account, request.body);
		if ('status' in input) return input;
		const { initialStatus, finalStatus } = queryStatuses(this.account.queryRules, input.query_dsl);
		const segment = this.account.addSegment({
			...input,
			status: initialStatus,
			sample_updated_at: null,
			nextContactsCount: this.account.contacts.countMatching(input.query_dsl) ?? 2,
		});
		this.account.startCount(segment.id, finalStatus);
		return { status: 201, body: savedSegment(segment, this.clock.ms()) };
	}

	list(request: FastifyRequest): EndpointResponse {
		const found = this.filter(request.query as Query);
		if (!Array.isArray(found)) return found;
		const { pageSize } = this;
		const page: Page<SegmentRecord> | EndpointResponse =
			pageSize === undefined ? { items: found } : pageOfSize(request, found, pageSize);
		if ('status' in page) return page;
		const now = this.clock.ms();
		const results = page.items.map((segment) => listedSegment(segment, now));
		return {
			status: 200,
			body: {
				results: listOrNothing(results, this.account.settings),
				_metadata: page.metadata,
			},
		};
	}

	get(request: FastifyRequest): EndpointResponse {
		const segment = this.find(request);
		if ('body' in segment) return segment;
		const { contacts_sample: sample = 'true' } = request.query as Query;
		if (sample !== 'true' && sample !== 'false') {
			return errorResponse(400, 'contacts_sample', 'contacts_sample must be true or false');
		}
		return { status: 200, body: segmentDetails(segment, this.clock.ms(), sample === 'true') };
	}

	update(request: FastifyRequest): EndpointResponse {
		const segment = this.find(request);
		if ('body' in segment) return segment;
		const input = parseUpdateInput(this.account, segment.id, request.body);
		if ('status' in input) return input as EndpointResponse;
		const tooSoon = this.tooSoonResponse(segment);
		if (tooSoon) return tooSoon;
		// Recorded of a PATCH of nothing but the name: it is sampled again, and its count stays till then.
		Object.assign(segment, input, {
			contacts_sample: [],
			next_sample_update: null,
			updated_at: this.clock.timestamp(),
		});
		const { initialStatus, finalStatus } = queryStatuses(
			this.account.queryRules,
			segment.query_dsl,
		);
		if (input.query_dsl !== undefined) segment.status = initialStatus;
		this.account.startCount(segment.id, input.query_dsl === undefined ? undefined : finalStatus);
		return { status: 200, body: savedSegment(segment, this.clock.ms()) };
	}

	delete(request: FastifyRequest): EndpointResponse {
		const segment = this.find(request);
		if ('body' in segment) return segment;
		this.account.deleteSegment(segment);
		return { status: 202 };
	}

	refresh(request: FastifyRequest, key: KeyRights): EndpointResponse {
		if (!key.manualRefresh) return { status: 403 };
		const { id } = request.params as { id: string };
		const segment = this.account.segments.get(id.toLowerCase());
		if (!segment) return { status: 404, body: { error: 'Segment does not exist.' } };

		const { body } = request;
		const zone = (body as { user_time_zone?: unknown } | null | undefined)?.user_time_zone;
		if (!isIanaName(zone)) {
			return errorResponse(400, 'user_time_zone', 'user_time_zone must be an IANA time zone');
		}
		const unknown = Object.keys(body as object).find((field) => field !== 'user_time_zone');
		if (unknown !== undefined) return errorResponse(400, unknown, `${unknown} is not known`);

		const now = this.clock.ms();
		segment.lastTimeZone = zone;
		if (refreshLimitHit(segment, now, this.account.refreshesUsed)) return { status: 429 };
		segment.refreshes_used = (refreshesUsedToday(segment, now) ?? 0) + 1;
		segment.max_refreshes ??= REFRESHES_PER_SEGMENT_PER_DAY;
		segment.last_refreshed_at = timestamp(now);
		this.account.refreshesUsed++;
		return { status: 202, body: { job_id: this.account.startRefresh(segment.id) } };
	}

	private find(request: FastifyRequest): SegmentRecord | RefusedResponse {
		const { id } = request.params as { id: string };
		if (!isUuid(id)) return errorResponse(400, 'id', 'id must be a UUID');
		return (
			this.account.segments.get(id.toLowerCase()) ?? errorResponse(404, null, 'segment not found')
		);
	}

	private tooSoonResponse({ updated_at }: SegmentRecord): EndpointResponse | undefined {
		const { updateTooSoon } = this.account.settings;
		const possibleMs = Date.parse(updated_at) + MINUTES_BETWEEN_UPDATES * MINUTE_MS;
		if (updateTooSoon === 'off' || this.clock.ms() >= possibleMs) return undefined;
		const { status } = updateTooSoon;
		const message = `Update request came too soon, please wait ${MINUTES_BETWEEN_UPDATES} minutes before trying again`;
		// Unlike the general rate limit's 429.
		return { ...errorResponse(status, null, message), hasRateLimitHeaders: status !== 429 };
	}

	private filter(query: Query): SegmentRecord[] | EndpointResponse {
		const all = this.newestFirst();
		const ids = [query.ids ?? []].flat().filter(Boolean);
		if (ids.length > 0) {
			const wanted = new Set(ids.map((id) => id.toLowerCase()));
			return all.filter(({ id }) => wanted.has(id));
		}
		const { parent_list_ids: lists = '', no_parent_list_id: noParent = 'false' } = query;
		if (typeof lists !== 'string') {
			return errorResponse(
				400,
				'parent_list_ids',
				'parent_list_ids must be one comma-separated string',
			);
		}
		if (noParent !== 'true' && noParent !== 'false') {
			return errorResponse(400, 'no_parent_list_id', 'no_parent_list_id must be true or false');
		}
		const parents = new Set(lists.toLowerCase().split(',').filter(Boolean));
		if (parents.size > MAX_PARENT_LISTS) {
			return errorResponse(
				400,
				'parent_list_ids',
				`parent_list_ids must have at most ${MAX_PARENT_LISTS} list IDs`,
			);
		}
		if (parents.size === 0 && noParent === 'false') return all;
		return all.filter(({ parent_list_ids }) =>
			parent_list_ids?.length
				? parent_list_ids.some((id) => parents.has(id.toLowerCase()))
				: noParent === 'true',
		);
	}

	private newestFirst(): SegmentRecord[] {
		return [...this.account.segments.values()]
			.reverse()
			.sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
	}
}
