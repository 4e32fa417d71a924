import picomatch from "picomatch";
import { foldPath } from "./fold.ts";

export const GLOB_SAYS = "a glob has at most two * in a name and no ( ), and does not begin with ~, !, # or ..";

/** Not one that a path of an agent's making could make slow, nor one that would match nothing. */
export function isGlob(text: string): boolean {
	if (/^(\.\/)*$/.test(text) || /^[~!#]|[()]/.test(text)) return false;
	return text.split("/").every((name) => name !== ".." && (name.match(/\*+/g) ?? []).length <= 2);
}

/**
 * A glob for folded paths. A relative one starts at the folder; dot files are included; a folder is covered with
 * everything in it. The folder's own name never becomes part of a pattern: it may hold brackets.
 */
export function globMatcher(glob: string, folder: string): (foldedPath: string) => boolean {
	const start = foldPath(folder).replace(/\/?$/, "/");
	const folded = foldGlob(glob.replace(/^(\.\/)+/, "").replace(/(?<=.)\/+$/, ""));
	const matches = picomatch([folded, `${folded}/**`], { dot: true, nonegate: true });
	if (/^(\/|\*\*)/.test(folded)) return matches;
	return (foldedPath) => foldedPath.startsWith(start) && matches(foldedPath.slice(start.length));
}

/**
 * For a rule that allows: the letters as they are, nothing below what it names, and a relative one never leaves the
 * folder.
 */
export function strictGlobMatcher(glob: string, folder: string): (path: string) => boolean {
	const start = folder.replace(/\/?$/, "/");
	const matches = picomatch(glob.replace(/^(\.\/)+/, ""), { dot: true, nonegate: true });
	if (glob.startsWith("/")) return matches;
	return (path) => path.startsWith(start) && matches(path.slice(start.length));
}

/** Folds the letters of a glob as paths are folded, and leaves its wildcards alone. */
function foldGlob(glob: string): string {
	return glob
		.split("/")
		.map((part) => (/[*?[\]{}!()+@]/.test(part) ? part.toLowerCase() : foldPath(part)))
		.join("/");
}
