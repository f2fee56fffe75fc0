import { ItemError } from '../errors';
import { oncePerAccount, type AccountContext, type ParseContext } from '../operation';
import { parseSegment } from '../parameters/segment';
import { listSegments } from '../transport/segments';
import { describeValue, foldCase, normalizeName } from '../utils';

/** The account's segments by name, for all items of a run in one read. */
export const readSegmentNames = oncePerAccount(async (context: AccountContext) => {
	const idsByName = new Map<string, string>();
	for await (const page of listSegments(context)) {
		for (const { name, id } of page) idsByName.set(normalizeName(name), id);
	}
	return idsByName;
});

/** Names that differ from the given one only in case or spaces. */
function similarNames(names: Iterable<string>, name: string): string[] {
	const fold = (text: string) => foldCase(text).split(/\s/).join('');
	const wanted = fold(name);
	return [...names].filter((each) => fold(each) === wanted).slice(0, 3);
}

/**
 * The item's segment ID, lower-case.
 *
 * @throws InvalidParameterError for anything but a segment's ID or URL
 * @throws ItemError for a name that no segment has
 */
export async function parseSegmentId({ parameters, context }: ParseContext): Promise<string> {
	const segment = parseSegment(parameters);
	if ('id' in segment) return segment.id;
	const idsByName = await readSegmentNames(context);
	const id = idsByName.get(normalizeName(segment.name));
	if (id !== undefined) return id;
	const similar = similarNames(idsByName.keys(), segment.name).map((each) => `"${each}"`);
	throw new ItemError(
		`No segment is named ${describeValue(segment.name)}`,
		similar.length > 0
			? `Did you mean ${similar.join(' or ')}? Uppercase, lowercase and spaces must match.`
			: 'The name must match exactly. Choose the segment with From List.',
	);
}
