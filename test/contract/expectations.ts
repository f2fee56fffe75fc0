import { access } from './access';
import { contactChanges, contactSearch } from './contacts';
import type { Expectation } from './expectation';
import { exportsOfContact, exportsOfNobody } from './exports';
import { lists } from './lists';
import { refreshes } from './refresh';
import { segmentChanges, segmentDeletes, segmentReads, segmentUpdates } from './segments';
import { singleSends } from './singleSends';

/** What the package assumes about SendGrid's API, in the order in which it is best looked at. */
export const expectations: Expectation[] = [
	...access,
	...lists,
	...singleSends,
	...contactSearch,
	...segmentReads,
	...segmentChanges,
	...exportsOfNobody,
	...refreshes,
	...contactChanges,
	...exportsOfContact,
	...segmentUpdates,
	...segmentDeletes,
];
