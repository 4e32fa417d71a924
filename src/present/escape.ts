/** Control characters, line separators, bidi controls and invisible code points as `\u{…}`: what is printed is what is there. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Default_Ignorable_Code_Point}/gu;

/** For text of several lines: tabs and line feeds stay. */
export function escapeText(text: string): string {
	return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** For one line: nothing in it can start another. */
export function escapeLine(text: string): string {
	return escapeText(text).replace(/\n/g, "\\n").replace(/\t/g, "\\t");
}
