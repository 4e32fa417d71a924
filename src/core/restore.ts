import { Problem } from "../protocol/problem.ts";
import type { Listing, PathFacts } from "./ports.ts";
import type { Target } from "./request.ts";

/** What a person wants back of what an earlier request changed. Only the gate makes one: no agent can ask for it. */
export interface Restore {
	/** The request that is undone, and the number that a person knows it by. */
	readonly request: string;
	readonly seq: number;
	/** The person who asks, and where. */
	readonly by: string;
	readonly via: string;
	/** Digest of what that request left there; null: nothing. */
	readonly left: string | null;
	/** The permissions that come back with the bytes. */
	readonly mode?: number;
	/** Of a folder or link, which comes back as a whole. */
	readonly listing?: Listing;
}

/** Whom such a request is of. No agent may call itself so. */
export const OURSELVES = "countersign";

/** @throws Problem where it would pass for a request of a person */
export function refuseOurName(agent: string): void {
	if (agent.normalize("NFKC").trim().toLowerCase() !== OURSELVES) return;
	throw new Problem("forbidden", `${OURSELVES} is the gate's own name. Call the agent something else.`);
}

/** A folder or link that comes back where nothing is. `lenient`: what is in its way is a problem to show, not an error. */
export function treeTarget(facts: PathFacts, listing: Listing, lenient: boolean): Target {
	const target = { change: "write" as const, facts, base: null, proposed: null, listing };
	if (facts.kind === "missing") return target;
	const problem = `Something else is at ${facts.canonical} now. Move it away first.`;
	if (!lenient) throw new Problem("stale_base", problem);
	return { ...target, problem };
}

/** The target with the permissions of before, where it would not have them anyway. */
export function withMode(target: Target, { mode }: Restore): Target {
	const isSame = target.facts.kind === "file" && (target.facts.mode & PERMISSIONS) === mode;
	return mode === undefined || isSame ? target : { ...target, mode };
}

/** setuid and setgid never come back. */
export const PERMISSIONS = 0o1777;

/** What a person must know beyond the change itself, in sentences. */
export function laterChanges({ seq, left, mode }: Restore, target: Target): string[] {
	const { facts, base, listing } = target;
	const found = target.change === "write" ? base?.sha256 : (listing?.digest ?? base?.sha256);
	const later = (found ?? null) === left ? [] : [`It changed again after #${seq}: that is undone too.`];
	if (facts.kind !== "file" || target.mode === undefined) return later;
	return [...later, `Its permissions change too, from ${octal(facts.mode)} to ${octal(mode ?? 0)}.`];
}

const octal = (mode: number) => (mode & PERMISSIONS).toString(8).padStart(3, "0");
