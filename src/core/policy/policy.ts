import type { AllowRule } from "./allowRules.ts";
import { TOOL_WORDS } from "./ruleFields.ts";
import type { Matches, Rule } from "./rules.ts";

/** Whose file it is. Only the user's may allow anything; the others may only tighten. */
export type Origin = "user" | "repository" | "managed";

/** The ordered whole that says what asks, once it was read without an error. */
export interface Policy {
	/** SHA-256 of the file's text, or of several; "built-in" when there is no file. */
	readonly hash: string;
	readonly requireApproval: ReadonlySet<string>;
	readonly free: ReadonlySet<string>;
	readonly channels: readonly string[];
	/** When reviewers are reminded of what waits, ms after the asking, ascending. */
	readonly remindAfter: readonly number[];
	/** After this long undecided a request is denied; null: it waits for ever. `words`: as the policy says it, `8h`. */
	readonly expireAfter: { readonly ms: number; readonly words: string } | null;
	/** Folders outside the workspace that count as normal. Absolute. */
	readonly roots: readonly string[];
	/** Globs of what only the editor may approve, as they were written. */
	readonly protect: readonly string[];
	readonly isProtected: (foldedPath: string) => boolean;
	/** What tightens it further, in the file's order. */
	readonly rules: readonly PolicyRule[];
	/** What passes without asking, in the file's order. */
	readonly allows: readonly AllowRule[];
	/** The tools that the repository's or the organization's policy has asked: no rule of the user's lets them pass. */
	readonly alwaysAsks?: ReadonlySet<string>;
	/** A person holds everything: nothing passes without one. */
	readonly isPaused?: true;
}

export interface PolicyRule extends Rule {
	readonly from: Origin;
	readonly matches: Matches;
}

export const FREE_WORDS = ["file_read", "log_write"] as const;

/** With no good policy at all, everything asks. */
export const ASK_EVERYTHING: Policy = {
	hash: "built-in",
	requireApproval: new Set(TOOL_WORDS),
	free: new Set(),
	channels: [],
	remindAfter: [],
	expireAfter: null,
	roots: [],
	protect: [],
	isProtected: () => false,
	rules: [],
	allows: [],
};
