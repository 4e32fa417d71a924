import type { Matches, Rule } from "./rules.ts";

/** The ordered whole that says what asks, once it was read without an error. */
export interface Policy {
	/** SHA-256 of the file's text; "built-in" when there is no file. */
	readonly hash: string;
	readonly requireApproval: ReadonlySet<string>;
	readonly free: ReadonlySet<string>;
	readonly channels: readonly string[];
	/** After this long undecided a request is denied; null: it waits for ever. `words`: as the policy says it, `8h`. */
	readonly expireAfter: { readonly ms: number; readonly words: string } | null;
	/** Folders outside the workspace that count as normal. Absolute. */
	readonly roots: readonly string[];
	readonly isProtected: (foldedPath: string) => boolean;
	/** What tightens it further, in the file's order. */
	readonly rules: readonly PolicyRule[];
}

export interface PolicyRule extends Pick<Rule, "id" | "effect" | "reason"> {
	readonly matches: Matches;
}

/** The words a policy may use for a tool. */
export const TOOL_WORDS = [
	"file_write",
	"file_delete",
	"file_rename",
	"changes",
	"shell_execute",
	"api_call",
	"send_message",
	"mcp_call",
	"file_read",
	"log_write",
	"custom",
] as const;

export const FREE_WORDS = ["file_read", "log_write"] as const;

/** With no good policy at all, everything asks. */
export const ASK_EVERYTHING: Policy = {
	hash: "built-in",
	requireApproval: new Set(TOOL_WORDS),
	free: new Set(),
	channels: [],
	expireAfter: null,
	roots: [],
	isProtected: () => false,
	rules: [],
};
