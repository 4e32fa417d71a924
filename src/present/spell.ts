import { escapeText } from "./escape.ts";

/** A line that is longer is broken: an editor would draw only its beginning. Characters. */
const MAX_LINE = 160;
/** More blanks in a row are counted: what follows them would be off the screen. */
const MAX_BLANKS = 24;
/** More empty lines in a row are counted. */
const MAX_EMPTY = 3;

/**
 * A text so that all of it can be seen: nothing hides behind the right edge, below a gap or in a character that is not
 * drawn. What is ours in it stands in ‹ ›.
 */
export function spellText(text: string): string {
	const lines = escapeText(text).split("\n");
	const shown: string[] = [];
	for (let at = 0; at < lines.length; at++) {
		let empty = 0;
		while (at + empty < lines.length && lines[at + empty]?.trim() === "") empty++;
		if (empty > MAX_EMPTY && at + empty < lines.length) {
			shown.push(`‹${empty} empty lines›`);
			at += empty;
		}
		shown.push(...broken(counted(lines[at] ?? "")));
	}
	return shown.join("\n");
}

/** A diff so that all of it can be seen, as `spellText` does it, with the mark of a line on every piece of it. */
export function spellDiff(lines: readonly string[]): string[] {
	const spelled: string[] = [];
	for (let at = 0; at < lines.length; ) {
		const mark = markOf(lines[at]);
		let end = at + 1;
		while (end < lines.length && markOf(lines[end]) === mark) end++;
		// With an end, so that empty lines in front of it are counted too.
		const run = [...lines.slice(at, end).map((line) => line.slice(mark.length)), "end"];
		const shown = spellText(run.join("\n")).split("\n").slice(0, -1);
		spelled.push(...shown.map((line) => mark + line));
		at = end;
	}
	return spelled;
}

const markOf = (line = "") => (/^[-+ ]/.test(line) ? line.charAt(0) : "");

const counted = (line: string) =>
	line.replace(/[ \t]+/g, (run) => (run.length > MAX_BLANKS ? ` ‹${run.length} blanks› ` : run));

function broken(line: string): string[] {
	if (line.length <= MAX_LINE) return [line];
	const pieces: string[] = [];
	for (let at = 0; at < line.length; at += MAX_LINE) {
		const isLast = at + MAX_LINE >= line.length;
		pieces.push(line.slice(at, at + MAX_LINE) + (isLast ? "" : " ‹the line goes on›"));
	}
	return pieces;
}

/** Every byte of a content, written out where it is no text or would not be drawn. */
export function spellBytes(bytes: Uint8Array): string {
	try {
		return spellText(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
	} catch {
		const written = [...bytes].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x{${byte.toString(16)}}`));
		return spellText(written.join(""));
	}
}
