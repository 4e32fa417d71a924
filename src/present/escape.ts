import { HIDDEN, writtenOut } from "../base/hidden.ts";

/** What is not drawn stands there as `\u{…}`: what is printed is what is there. Tabs and line feeds stay. */
export function escapeText(text: string): string {
	return text.replace(HIDDEN, writtenOut);
}

/** Where a text holds what an editor would not show, and how it is written out; the line ends of an editor do not count. */
export function hiddenIn(text: string): { at: number; length: number; written: string }[] {
	return [...text.matchAll(HIDDEN)]
		.filter(([character]) => character !== "\r")
		.map((match) => ({ at: match.index, length: match[0].length, written: writtenOut(match[0]) }));
}

/** For the labels and messages of an editor, which draw `$(icons)` and make links of `[words](to)`: neither comes about. */
export function escapeLabel(text: string): string {
	return escapeLine(text).replaceAll("$(", "$ (").replaceAll("](", "] (");
}

/** For one line: nothing in it can start another. */
export function escapeLine(text: string): string {
	return escapeText(text).replace(/\n/g, "\\n").replace(/\t/g, "\\t");
}
