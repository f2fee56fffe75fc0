import type { FastifyRequest } from 'fastify';

import type { Account } from './account';
import { type Answer, refusal } from './answers';
import type { SimulatedClock } from './clock';
import type { KeyRights } from './keys';
import { page } from './pages';
import { type SegmentRecord, segmentSummary, segmentView } from './records';
import { refreshesUsedToday, refreshLimitHit } from './refreshLimits';
import { createInput, updateInput } from './segmentInput';
import { isIanaName } from './timeZones';
import { isUuid } from './uuid';

const MAX_PARENT_LISTS = 50;

type Query = Record<string, string | string[] | undefined>;

/** The six endpoints of Segments 2.0. Each acts at once and returns its answer. */
export class SegmentEndpoints {
	/** @param pageSize segments per page of the list; undefined: all in one answer, as SendGrid does */
	constructor(
		private readonly account: Account,
		private readonly clock: SimulatedClock,
		private readonly pageSize?: number,
	) {}

	create(request: FastifyRequest): Answer {
		const input = createInput(this.account, request.body);
		if ('status' in input) return input;
		const segment = this.account.addSegment({
			...input,
			contacts_count: 0,
			status: { query_validation: 'PENDING' },
		});
		this.account.startJob(segment.id);
		return { status: 201, body: segmentView(segment, this.clock.ms(), true) };
	}

	list(request: FastifyRequest): Answer {
		const found = this.filter(request.query as Query);
		if (!Array.isArray(found)) return found;
		const { pageSize } = this;
		const part = page(request, found, pageSize ?? Infinity);
		if (!part) return refusal(400, 'page_token', 'page_token is not valid');
		const now = this.clock.ms();
		const results = part.items.map((segment) => segmentSummary(segment, now));
		return { status: 200, body: { results, _metadata: part.metadata } };
	}

	get(request: FastifyRequest): Answer {
		const segment = this.find(request);
		if ('body' in segment) return segment;
		const { contacts_sample: sample = 'true' } = request.query as Query;
		if (sample !== 'true' && sample !== 'false') {
			return refusal(400, 'contacts_sample', 'contacts_sample must be true or false');
		}
		return { status: 200, body: segmentView(segment, this.clock.ms(), sample === 'true') };
	}

	update(request: FastifyRequest): Answer {
		const segment = this.find(request);
		if ('body' in segment) return segment;
		const input = updateInput(this.account, segment.id, request.body);
		if ('status' in input) return input as Answer;
		if (input.query_dsl !== undefined && input.query_dsl !== segment.query_dsl) {
			segment.status = { query_validation: 'PENDING' };
			this.account.startJob(segment.id);
		}
		Object.assign(segment, input, { updated_at: this.clock.now().toISOString() });
		return { status: 200, body: segmentView(segment, this.clock.ms(), true) };
	}

	delete(request: FastifyRequest): Answer {
		const segment = this.find(request);
		if ('body' in segment) return segment;
		this.account.segments.delete(segment.id);
		return { status: 202 };
	}

	refresh(request: FastifyRequest, key: KeyRights): Answer {
		if (!key.manualRefresh) return { status: 403 };
		const { id } = request.params as { id: string };
		const segment = this.account.segments.get(id.toLowerCase());
		if (!segment) return { status: 404, body: { error: 'Segment does not exist.' } };

		const { body } = request;
		const zone = (body as { user_time_zone?: unknown } | null | undefined)?.user_time_zone;
		if (!isIanaName(zone)) {
			return refusal(400, 'user_time_zone', 'user_time_zone must be an IANA time zone');
		}
		const unknown = Object.keys(body as object).find((field) => field !== 'user_time_zone');
		if (unknown !== undefined) return refusal(400, unknown, `${unknown} is not known`);

		const now = this.clock.ms();
		segment.lastTimeZone = zone;
		if (refreshLimitHit(segment, now, this.account.refreshesUsed)) return { status: 429 };
		segment.refreshes_used = (refreshesUsedToday(segment, now) ?? 0) + 1;
		segment.last_refreshed_at = new Date(now).toISOString();
		this.account.refreshesUsed++;
		return { status: 202, body: { job_id: this.account.startJob(segment.id) } };
	}

	private find(request: FastifyRequest): SegmentRecord | Required<Answer> {
		const { id } = request.params as { id: string };
		if (!isUuid(id)) return refusal(400, 'id', 'id must be a UUID');
		return this.account.segments.get(id.toLowerCase()) ?? refusal(404, null, 'segment not found');
	}

	private filter(query: Query): SegmentRecord[] | Answer {
		const all = [...this.account.segments.values()];
		const ids = [query.ids ?? []].flat().filter(Boolean);
		if (ids.length > 0) {
			const wanted = new Set(ids.map((id) => id.toLowerCase()));
			return all.filter(({ id }) => wanted.has(id));
		}
		const { parent_list_ids: lists = '', no_parent_list_id: noParent = 'false' } = query;
		if (typeof lists !== 'string') {
			return refusal(400, 'parent_list_ids', 'parent_list_ids must be one comma-separated string');
		}
		if (noParent !== 'true' && noParent !== 'false') {
			return refusal(400, 'no_parent_list_id', 'no_parent_list_id must be true or false');
		}
		const parents = new Set(lists.toLowerCase().split(',').filter(Boolean));
		if (parents.size > MAX_PARENT_LISTS) {
			return refusal(400, 'parent_list_ids', 'parent_list_ids must have at most 50 list IDs');
		}
		if (parents.size === 0 && noParent === 'false') return all;
		return all.filter(({ parent_list_ids: of }) =>
			of.length === 0 ? noParent === 'true' : of.some((id) => parents.has(id.toLowerCase())),
		);
	}
}
