/** Control characters, line separators, bidi controls and invisible code points as `\u{…}`: what is printed is what is there. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Default_Ignorable_Code_Point}/gu;

const written = (character: string) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** For text of several lines: tabs and line feeds stay. */
export function escapeText(text: string): string {
	return text.replace(UNSAFE, written);
}

/** Where a text holds what an editor would not show, and how it is written out; the line ends of an editor do not count. */
export function hiddenIn(text: string): { at: number; length: number; written: string }[] {
	return [...text.matchAll(UNSAFE)]
		.filter(([character]) => character !== "\r")
		.map((match) => ({ at: match.index, length: match[0].length, written: written(match[0]) }));
}

/** For the labels and messages of an editor, which draw `$(icons)` and make links of `[words](to)`: neither comes about. */
export function escapeLabel(text: string): string {
	return escapeLine(text).replaceAll("$(", "$ (").replaceAll("](", "] (");
}

/** For one line: nothing in it can start another. */
export function escapeLine(text: string): string {
	return escapeText(text).replace(/\n/g, "\\n").replace(/\t/g, "\\t");
}
