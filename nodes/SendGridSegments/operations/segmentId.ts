import { ItemError } from '../errors';
import { oncePerAccount, type AccountContext, type ParseContext } from '../operation';
import { parseSegment } from '../parameters/segment';
import { readAll } from '../transport/paginate';
import { listSegments, type Segment } from '../transport/segments';
import { describeValue, foldCase, getOrAdd, normalizeName } from '../utils';

/** Segments by name, however its characters are composed. */
export type SegmentsByName = Map<string, Segment[]>;

export async function readSegmentsByName(context: AccountContext): Promise<SegmentsByName> {
	const byName: SegmentsByName = new Map();
	for (const segment of await readAll(listSegments(context))) {
		getOrAdd(byName, normalizeName(segment.name), () => []).push(segment);
	}
	return byName;
}

/**
 * The one segment with exactly this name.
 *
 * @throws ItemError if several segments have it: which one is meant, only the user knows
 */
export function findByName(segments: SegmentsByName, name: string): Segment | undefined {
	const similar = segments.get(normalizeName(name)) ?? [];
	const exact = similar.filter((segment) => segment.name === name);
	const found = exact.length > 0 ? exact : similar;
	if (found.length <= 1) return found[0];
	throw new ItemError(
		`${found.length} segments are named ${describeValue(name)}`,
		'Choose the segment with From List, or use its ID.',
	);
}

/** For all items of a run in one read, which only a later try repeats if it fails. */
const segmentsByName = oncePerAccount(
	async (context: AccountContext) => (context.names.segments ??= await readSegmentsByName(context)),
);

/** Names that differ from the given one in case or blanks only. */
function similarNames(segments: SegmentsByName, name: string): string[] {
	const fold = (text: string) => foldCase(text).split(/\s/).join('');
	const wanted = fold(name);
	const names = [...segments.values()].flat().map((segment) => String(segment.name));
	return names.filter((each) => fold(each) === wanted).slice(0, 3);
}

/**
 * The item's segment ID, lower-case. A name means the same segment, or none, in all tries: the run itself
 * may have deleted or renamed one, so that another could answer to it.
 *
 * @throws InvalidParameterError for anything but a segment's ID or URL
 * @throws ItemError for a name that no segment has, or several
 */
export async function parseSegmentId({ parameters, context }: ParseContext): Promise<string> {
	const parsed = parseSegment(parameters);
	if ('id' in parsed) return parsed.id;
	const { name } = parsed;
	const segments = await segmentsByName(context);
	const segment = findByName(segments, name);
	if (segment) return segment.id;
	const similar = similarNames(segments, name).map((each) => `"${each}"`);
	throw new ItemError(
		`No segment is named ${describeValue(name)}`,
		similar.length > 0
			? `Did you mean ${similar.join(' or ')}? Uppercase, lowercase and spaces must match.`
			: 'The name must match exactly. Choose the segment with From List.',
	);
}
