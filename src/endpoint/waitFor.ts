import type { Gate } from "../core/gate.ts";
import type { RequestState } from "../protocol/messages.ts";

/** The verdict, or after `waitMs` the state of the waiting. `signal`: the caller is gone. */
export async function waitFor(
	gate: Gate,
	id: string,
	waitMs: number | undefined,
	signal: AbortSignal,
): Promise<RequestState> {
	if (waitMs === undefined) return gate.verdict(id, signal);
	if (waitMs === 0 && gate.state(id).status === "waiting") return gate.state(id);
	const timeout = new AbortController();
	const timer = setTimeout(() => timeout.abort(), waitMs);
	try {
		return await gate.verdict(id, AbortSignal.any([signal, timeout.signal]));
	} catch (error) {
		if (signal.aborted || !timeout.signal.aborted) throw error;
		const state = gate.state(id);
		return state.status === "waiting" ? state : gate.verdict(id, signal);
	} finally {
		clearTimeout(timer);
	}
}
