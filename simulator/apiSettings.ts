/** Where the real API varies, or is stricter than most tests want. */
export interface ApiSettings {
	/**
	 * What becomes of an update within five minutes of the segment's last change: it is accepted
	 * (`off`, the default), or refused with this status, which is not known of the real API.
	 */
	updateTooSoon: 'off' | { status: number };
	/** How a list without entries is sent; default `array`. */
	emptyLists: 'array' | 'null' | 'absent';
}

const EMPTY_LISTS = { array: [], null: null, absent: undefined };

/** @throws RangeError if a value is none of those that are possible */
export function completeApiSettings({
	updateTooSoon = 'off',
	emptyLists = 'array',
}: Partial<ApiSettings>): ApiSettings {
	if (updateTooSoon !== 'off' && !Number.isInteger(updateTooSoon?.status)) {
		throw new RangeError('updateTooSoon must be "off" or {"status": …}');
	}
	if (!Object.hasOwn(EMPTY_LISTS, emptyLists)) {
		throw new RangeError('emptyLists must be "array", "null" or "absent"');
	}
	return { updateTooSoon, emptyLists };
}

/** A list as it is sent. */
export function listOrNothing<T>(
	list: T[],
	{ emptyLists }: Pick<ApiSettings, 'emptyLists'>,
): T[] | null | undefined {
	return list.length > 0 ? list : EMPTY_LISTS[emptyLists];
}
