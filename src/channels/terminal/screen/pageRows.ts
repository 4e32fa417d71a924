import type { Line, Style } from "./line.ts";
import { bodyRows, type Page, type Reading, type Size } from "./state.ts";
import { widthOf, wrap } from "./width.ts";

/** The rows of a page at a width, made once. */
const made = new WeakMap<Page, { columns: number; rows: readonly Line[] }>();

export function rowsOf(page: Page, columns: number): readonly Line[] {
	const known = made.get(page);
	if (known?.columns === columns) return known.rows;
	const rows = page.lines.flatMap(({ text, style, isProse }) => linesOf(text, style ?? "plain", columns, isProse));
	made.set(page, { columns, rows });
	return rows;
}

/** A line that goes on in the next row is marked there, so that it cannot pass for a line of its own. */
function linesOf(text: string, style: Style, columns: number, isProse = false): Line[] {
	const isFitting = widthOf(text) <= columns - 1;
	if (isFitting) return [[{ text: ` ${text}`, style }]];
	const [first = "", ...more] = wrap(text, Math.max(2, columns - 3), isProse);
	const mark = isProse ? "   " : " ⏎ ";
	return [
		[{ text: ` ${first}`, style }],
		...more.map(
			(piece): Line => [
				{ text: mark, style: "dim" },
				{ text: piece, style },
			],
		),
	];
}

const lastTop = (page: Page, size: Size) => Math.max(0, rowsOf(page, size.columns).length - bodyRows(size));

/** Where the reader is after a key; undefined: the key is of no use for reading. */
export function scrolled<R extends Reading>(reading: R, name: string, page: Page, size: Size): R | undefined {
	const step = bodyRows(size) - 1;
	const end = lastTop(page, size);
	const tops: Readonly<Record<string, number>> = {
		up: reading.top - 1,
		k: reading.top - 1,
		down: reading.top + 1,
		j: reading.top + 1,
		pageup: reading.top - step,
		pagedown: reading.top + step,
		" ": reading.top + step,
		home: 0,
		g: 0,
		end,
		G: end,
	};
	const top = tops[name];
	return top === undefined ? undefined : { ...reading, top: Math.min(Math.max(0, top), end) };
}

/** The reading as it stands on the screen now: within the page, and whether its end has been seen. */
export function settled<R extends Reading>(reading: R, page: Page, size: Size, now: number): R {
	const end = lastTop(page, size);
	const top = Math.min(reading.top, end);
	return { ...reading, top, endSince: reading.endSince ?? (top >= end ? now : undefined) };
}

/** How far down it is, for the foot. */
export function placeText({ top }: Reading, page: Page, size: Size): string {
	const rows = rowsOf(page, size.columns).length;
	const below = rows - top - bodyRows(size);
	if (below > 0) return `${below} more below`;
	return rows > bodyRows(size) ? "end" : "";
}
