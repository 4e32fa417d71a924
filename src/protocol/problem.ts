/** Every way in which the gate says no to a caller, with the HTTP status of its twin. */
export const PROBLEMS = {
	bad_request: 400,
	unsupported: 400,
	unauthorized: 401,
	forbidden: 403,
	not_found: 404,
	conflict: 409,
	stale_base: 409,
	too_large: 413,
	bad_media_type: 415,
	too_many: 429,
	internal: 500,
	unavailable: 503,
	audit_unavailable: 503,
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** An expected refusal. `message` says what is wrong and what to do; it is written for the one who reads it. */
export class Problem extends Error {
	readonly code: ProblemCode;

	constructor(code: ProblemCode, message: string) {
		super(message);
		this.code = code;
	}

	get status(): number {
		return PROBLEMS[this.code];
	}
}
