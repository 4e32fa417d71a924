import picomatch from "picomatch";
import { foldPath } from "./fold.ts";

/** The ordered whole that says what asks, once it was read without an error. */
export interface Policy {
	/** SHA-256 of the file's text; "built-in" when there is no file. */
	readonly hash: string;
	readonly requireApproval: ReadonlySet<string>;
	readonly free: ReadonlySet<string>;
	readonly channels: readonly string[];
	/** Folders outside the workspace that count as normal. Absolute. */
	readonly roots: readonly string[];
	readonly isProtected: (foldedPath: string) => boolean;
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
	roots: [],
	isProtected: () => false,
};

/** Relative globs start at the folder; dot files are included; a folder is covered with everything in it. */
export function protectMatcher(globs: readonly string[], folder: string): (foldedPath: string) => boolean {
	const start = foldPath(folder).replace(/\/?$/, "/");
	const matchers = globs.map((glob) => globMatcher(glob, start));
	return (foldedPath) => matchers.some((matches) => matches(foldedPath));
}

/** The folder's own name never becomes part of a pattern: it may hold brackets. */
function globMatcher(glob: string, start: string): (foldedPath: string) => boolean {
	const folded = foldGlob(glob.replace(/^(\.\/)+/, "").replace(/(?<=.)\/+$/, ""));
	const matches = picomatch([folded, `${folded}/**`], { dot: true, nonegate: true });
	if (/^(\/|\*\*)/.test(folded)) return matches;
	return (foldedPath) => foldedPath.startsWith(start) && matches(foldedPath.slice(start.length));
}

/** Folds the letters of a glob as paths are folded, and leaves its wildcards alone. */
function foldGlob(glob: string): string {
	return glob
		.split("/")
		.map((part) => (/[*?[\]{}!()+@]/.test(part) ? part.toLowerCase() : foldPath(part)))
		.join("/");
}
