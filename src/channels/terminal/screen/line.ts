import { cut, widthOf } from "./width.ts";

export type Style = "plain" | "dim" | "bold" | "good" | "bad" | "grave" | "hunk" | "added" | "removed" | "selected";

export interface Span {
	readonly text: string;
	readonly style?: Style;
}

/** A row of the screen, from its left edge. */
export type Line = readonly Span[];

/** Select Graphic Rendition of each style, with and without colours. */
const CODES: Readonly<Record<Style, readonly [string, string]>> = {
	plain: ["", ""],
	dim: ["2", ""],
	bold: ["1", "1"],
	good: ["32", ""],
	bad: ["31", ""],
	grave: ["1;33", "1"],
	hunk: ["36", ""],
	added: ["32", ""],
	removed: ["31", ""],
	selected: ["1;7", "7"],
};

export const line = (text: string, style: Style = "plain"): Line => [{ text, style }];

export const textOf = (spans: Line): string => spans.map(({ text }) => text).join("");

/** So that it is never wider than the screen. */
export function clip(spans: Line, columns: number): Line {
	let left = columns;
	const shown: Span[] = [];
	for (const span of spans) {
		const text = cut(span.text, left);
		left -= widthOf(text);
		shown.push({ ...span, text });
		if (text !== span.text) break;
	}
	return shown;
}

/** With what a terminal needs to draw it. Nothing of a span may hold a control character. */
export function paint(spans: Line, hasColours: boolean): string {
	return spans
		.map(({ text, style = "plain" }) => {
			const code = CODES[style][hasColours ? 0 : 1];
			return code === "" || text === "" ? text : `\x1b[${code}m${text}\x1b[0m`;
		})
		.join("");
}
