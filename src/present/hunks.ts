import { compareLines, type Hunk, linesOf } from "../core/hunks.ts";

/** Longer than this a comparison takes no more of the time of a person who is typing. Ms. */
const MAX_MS = 100;

/** What has to change in `current` to get `proposed`. Undefined when that takes too long to find out. */
export const hunksOf = (current: string, proposed: string): readonly Hunk[] | undefined =>
	compareLines(current, proposed, { timeout: MAX_MS });

/** `current` with these of its hunks made, in their order. */
export function withHunks(current: string, hunks: readonly Hunk[], lineEnd: string): string {
	const lines = linesOf(current);
	const parts: (readonly string[])[] = [];
	let at = 0;
	for (const { line, removed, added } of hunks) {
		parts.push(lines.slice(at, line), added);
		at = line + removed.length;
	}
	return [...parts, lines.slice(at)].flat().join(lineEnd);
}

/** Lines of one side of a comparison, from 0, both included. */
export interface Lines {
	readonly side: "current" | "proposed";
	readonly from: number;
	readonly to: number;
}

/** The hunks that these lines touch. Where a side has no line of a hunk, the ones around the place do. */
export function hunksAt(hunks: readonly Hunk[], { side, from, to }: Lines): Hunk[] {
	let shift = 0;
	return hunks.filter(({ line, removed, added }) => {
		const [start, count] = side === "current" ? [line, removed.length] : [line + shift, added.length];
		shift += added.length - removed.length;
		return count === 0 ? from <= start && to >= start - 1 : from < start + count && to >= start;
	});
}
