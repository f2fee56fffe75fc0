import type { Session } from './session';

/** Where an assumption comes from. A guess is what the simulator does for want of anything better. */
export type Source = 'recorded' | 'documented' | 'reported' | 'guessed';

/** Something that this package, or its simulator, assumes about SendGrid's API. */
export interface Expectation {
	/** Short and unique; reports and tests refer to it. */
	id: string;
	title: string;
	/** What `run` returns if SendGrid does what is assumed. */
	assumed: string;
	source: Source;
	/** What the run must have been allowed to do; default: reads, and segments of its own. */
	needs?: 'refresh' | 'contacts';
	/**
	 * Sends requests and says in a few words what came back.
	 *
	 * @throws NotSeen if there was nothing to be seen
	 */
	run: (session: Session) => Promise<string>;
}

export type Outcome = 'same' | 'different' | 'not seen';

export interface Observation {
	expectation: Expectation;
	/** What came back, or why nothing was seen. */
	seen: string;
	outcome: Outcome;
}

/** Nothing was seen, and why. */
export class NotSeen extends Error {
	override name = 'NotSeen';
}

/** Holds one expectation against the API. Rejects only if the run was interrupted. */
export async function observe(expectation: Expectation, session: Session): Promise<Observation> {
	const { title, assumed, needs } = expectation;
	if (needs && !session.allows(needs)) {
		return { expectation, seen: `needs --${needs}`, outcome: 'not seen' };
	}
	session.title = title;
	try {
		const seen = await expectation.run(session);
		return { expectation, seen, outcome: seen === assumed ? 'same' : 'different' };
	} catch (error) {
		session.signal?.throwIfAborted();
		const { message } = error as Error;
		const seen = error instanceof NotSeen ? message : `the check itself failed: ${message}`;
		return { expectation, seen, outcome: 'not seen' };
	}
}
