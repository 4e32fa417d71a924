import { hiddenCounts } from "../base/hidden.ts";

/** More blank lines in a row than a screen shows: what follows them is not seen by chance. */
const MAX_BLANK = 40;
/** A longer line runs off every screen. Characters. */
const MAX_LINE = 1000;
/** A longer text is not seen at a glance. Lines. */
const MAX_LINES = 1000;

/** A run of blank lines with text after it. Lines count from 0. */
export interface Gap {
	readonly from: number;
	/** Where the text goes on. */
	readonly to: number;
}

export function gapsIn(lines: readonly string[]): Gap[] {
	const gaps: Gap[] = [];
	let from = 0;
	for (const [at, line] of lines.entries()) {
		if (line.trim() === "") continue;
		if (at - from > MAX_BLANK) gaps.push({ from, to: at });
		from = at + 1;
	}
	return gaps;
}

/** What of a text a reader may miss, a sentence each: where it goes on after a gap, how long it is, what is not drawn. */
export function unseenIn(text: string): string[] {
	const lines = text.split(/\r\n|\r|\n/);
	const longest = lines.reduce((most, line) => Math.max(most, line.length), 0);
	const said = gapsIn(lines)
		.slice(0, MAX_GAPS)
		.map(
			({ from, to }) =>
				`${count(to - from)} blank lines from line ${count(from + 1)} on: it goes on at line ${count(to + 1)}.`,
		);
	if (lines.length > MAX_LINES) said.push(`${count(lines.length)} lines.`);
	if (longest > MAX_LINE) said.push(`A line of ${count(longest)} characters.`);
	if (said.length > 0) said[0] = `${LONG}: ${said[0]}`;
	const hidden = hiddenCounts(text);
	return hidden ? [...said, `Characters that are not drawn: ${hidden}.`] : said;
}

/** How it begins when there is more of it than one sees. */
export const LONG = "Long content";

/** More of them are told by the marks at the side. */
const MAX_GAPS = 5;

const count = (value: number) => value.toLocaleString("en");
