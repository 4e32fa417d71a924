import type { Gate } from "../../src/core/gate.ts";
import type { Request } from "../../src/core/request.ts";
import type { Action } from "../../src/protocol/action.ts";
import type { RequestState } from "../../src/protocol/messages.ts";

const AGENT = { agent: "test", session: "s" };
const REVIEWER = { by: "alice", via: "editor" as const };
let count = 0;

/** A request that waits. @throws when the gate refuses it, or passes it without asking */
export async function asked(
	gate: Gate,
	action: Action,
	more: { apply?: "agent"; intent?: string } = {},
): Promise<Request> {
	const submission = await gate.submit(AGENT, { key: `k${++count}`, action, ...more });
	if (submission.kind === "passed") throw new Error("It passed without asking.");
	return submission.request;
}

/** Approves the revision that was asked for, and gives the end of it; of what was refused, where it stands and why. */
export async function approve(gate: Gate, { id, revision }: { id: string; revision: number }): Promise<RequestState> {
	const result = await gate.decide(id, { kind: "approve", revision }, REVIEWER);
	return result.kind === "refused" ? { ...gate.state(id), detail: result.reason } : gate.verdict(id);
}
