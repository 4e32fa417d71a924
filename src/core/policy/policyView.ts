import type { AllowRule } from "./allowRules.ts";
import type { Policy } from "./policy.ts";

/** A policy file that somebody changed and no person has adopted yet. */
export interface Proposal {
	readonly origin: "user" | "repository";
	readonly path: string;
	/** Undefined: the file is gone. */
	readonly text: string | undefined;
	/** What holds meanwhile. */
	readonly adopted: string | undefined;
	/** Of the text; what a person adopts by. */
	readonly sha256: string;
	/** What it would let through, a sentence each. */
	readonly loosens: readonly string[];
}

/** What holds at a gate, and what waits to hold. */
export interface PolicyState {
	readonly inForce: Policy;
	/** The rules of the person's own policy that allow, also while they are held back. */
	readonly allows: readonly AllowRule[];
	readonly proposals: readonly Proposal[];
	/** What is wrong with a file: path, line, reason, remedy. */
	readonly problems: readonly string[];
	/** Files that the gate stands on and that somebody changed: while there is one, no rule allows anything. */
	readonly drifted: readonly string[];
}

/** The same for a surface, with what passed by it. */
export interface PolicyView extends PolicyState {
	readonly isPaused: boolean;
	/** Reads and logs that passed since the gate was opened. */
	readonly passed: number;
	/** When that was, wall time, ms. */
	readonly since: number;
	/** How often a rule let something pass. */
	count(ruleId: string): number;
	/** Wall time, ms. */
	lastUsed(ruleId: string): number | undefined;
}
