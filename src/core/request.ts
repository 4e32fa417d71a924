import type { Action } from "../protocol/action.ts";
import type { Apply, DecisionState, Outcome, RequestState, Status } from "../protocol/messages.ts";
import type { Tier } from "./policy/evaluate.ts";
import type { BlobRef, Listing, PathFacts } from "./ports.ts";
import type { Restore } from "./restore.ts";

/** Who asks, as it says of itself: a claim. Requests of one agent and session form a namespace. */
export interface Identity {
	readonly agent: string;
	readonly version?: string;
	/** "" when the agent names none. */
	readonly session: string;
}

/** One file or folder that a request changes. */
export interface Target {
	readonly change: "write" | "delete";
	readonly facts: PathFacts;
	/** What is there now; null: nothing. */
	readonly base: BlobRef | null;
	/** What will be there; null: nothing, or (`problem`) what nobody can tell. */
	readonly proposed: BlobRef | null;
	/** Of a folder to be deleted, or to come back. */
	readonly listing?: Listing;
	/** The permissions that it will have, where they are part of what comes back. */
	readonly mode?: number;
	/** Why the proposed bytes cannot be computed from what is there now. */
	readonly problem?: string;
}

/** Everything that a decision is about, worked out once and shown; the binding is its digest. */
export interface Plan {
	/** Absolute folder that relative paths and the command start in. */
	readonly cwd: string;
	readonly targets: readonly Target[];
	/** Facts of paths that are named but not changed by the gate (reads, renames). */
	readonly paths: readonly PathFacts[];
	readonly tier: Tier;
	readonly why: readonly string[];
	/** The rule of the policy that denies it: nobody may approve it. */
	readonly denial?: { readonly ruleId: string; readonly reason: string };
	/** What lets it pass without a person: the ids of rules, or "free" for what was held by a pause. */
	readonly allowance?: readonly string[];
}

export interface Request {
	readonly id: string;
	readonly key: string;
	readonly identity: Identity;
	/** Contents over 64 KiB are replaced by a reference into the blob store; `actionDigest` is of the original. */
	readonly action: Action;
	readonly actionDigest: string;
	readonly intent?: string;
	apply: Apply;
	/** Whether an agent that applies can be told other bytes than it proposed. Where not, the gate writes them itself. */
	readonly takesEdits: boolean;
	/** Why the action can do more than it shows: what only the adapter of its agent knows. */
	readonly caution?: string;
	/** A person asks to have something put back; undefined for every request of an agent. */
	readonly restores?: Restore;
	/** Wall time of the asking, ms. */
	readonly requestedAt: number;
	/** Of its first REQUEST record: a short number to tell it by. */
	seq: number;
	/** Goes into the salted digests of the audit record. */
	readonly salt: string;
	revision: number;
	plan: Plan;
	binding: string;
	status: Status;
	outcome: Outcome | null;
	decision?: DecisionState;
	/** The bytes proposed instead of the agent's own: carried over to a file that moved on, or edited by the reviewer. */
	proposal?: BlobRef;
	detail?: string;
	/** Wall time of the decision, ms. */
	decidedAt?: number;
	/** The agent was sent away with a ticket and has not had the verdict yet. */
	ticketed?: boolean;
}

/** Every path a request is about, changed by the gate or only named. */
export function factsOf({ plan }: Pick<Request, "plan">): readonly PathFacts[] {
	return plan.targets.length > 0 ? plan.targets.map((target) => target.facts) : plan.paths;
}

export const namespaceOf = (identity: Identity): string => JSON.stringify([identity.agent, identity.session]);

export const keyOf = (identity: Identity, key: string): string =>
	JSON.stringify([identity.agent, identity.session, key]);

/** Nothing will change any more. */
export function isSettled(request: Request): boolean {
	if (request.status === "waiting") return false;
	return request.status !== "approved" || (request.outcome !== null && request.outcome !== "executing");
}

/** How long a decision waits for the agent to make the same call again. Ms. */
const REDEEM_WITHIN = 60 * 60 * 1000;

export const isRedeemable = ({ decidedAt = 0 }: Request, now: number): boolean => now - decidedAt <= REDEEM_WITHIN;

export function toState(request: Request): RequestState {
	return {
		id: request.id,
		key: request.key,
		revision: request.revision,
		status: request.status,
		outcome: request.outcome,
		...(request.decision ? { decision: request.decision } : {}),
		...(request.detail ? { detail: request.detail } : {}),
		...(request.status === "waiting" ? { ticket: request.id } : {}),
	};
}

/** Approved before the gate was stopped, and not begun: a person who says so once more starts it. */
export const isHeld = ({ status, outcome, apply }: Request): boolean =>
	status === "approved" && outcome === null && apply === "gate";
