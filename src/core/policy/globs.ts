import picomatch from "picomatch";
import { foldPath } from "./fold.ts";

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

/** Folds the letters of a glob as paths are folded, and leaves its wildcards alone. */
function foldGlob(glob: string): string {
	return glob
		.split("/")
		.map((part) => (/[*?[\]{}!()+@]/.test(part) ? part.toLowerCase() : foldPath(part)))
		.join("/");
}
