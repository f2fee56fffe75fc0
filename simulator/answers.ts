/** What an endpoint answers: `body` is sent as JSON, or nothing is sent if it is undefined. */
export interface Answer {
	status: number;
	body?: unknown;
}

/** The error body of most endpoints; `field` is null where no field is to blame. */
export function refusal(status: number, field: string | null, message: string): Required<Answer> {
	return { status, body: { errors: [{ field, message }] } };
}
