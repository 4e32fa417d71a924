import type { Hunk } from "../core/hunks.ts";
import { hunksOf } from "./hunks.ts";

/** A change for a small screen. */
interface ChangeText {
	/** `(+a -b)`; undefined: they could not be compared. */
	readonly head: string | undefined;
	/** The lines that go and come, without any that stay. */
	readonly lines: string;
	/** Whether these lines are all of the change, as it is. */
	readonly isTold: boolean;
}

/**
 * @param from undefined: there is no file yet
 * @param veil takes secrets out of a whole text, so that none is cut in two
 */
export function changeText(from: string | undefined, to: string, veil: (text: string) => string): ChangeText {
	const hunks = hunksBetween(from, to);
	const shown = hunksBetween(from === undefined ? undefined : veil(from), veil(to));
	if (!hunks || !shown) return { head: undefined, lines: "", isTold: false };
	const count = (side: "added" | "removed") => hunks.reduce((sum, hunk) => sum + hunk[side].length, 0);
	const lines = linesOf(shown);
	return {
		head: `(+${count("added")} -${count("removed")})`,
		lines,
		isTold: lines === linesOf(hunks) && sameEnds(from, to),
	};
}

function hunksBetween(from: string | undefined, to: string): readonly Hunk[] | undefined {
	if (from !== undefined) return hunksOf(from, to);
	const added = to.split("\n");
	if (added.at(-1) === "") added.pop();
	return [{ line: 0, removed: [], added }];
}

const linesOf = (hunks: readonly Hunk[]) =>
	hunks
		.flatMap(({ line, removed, added }) => [
			`@@ line ${line + 1}`,
			...removed.map((text) => `-${text}`),
			...added.map((text) => `+${text}`),
		])
		.join("\n");

/** Line ends do not show: a change of them would be approved unseen. */
function sameEnds(from: string | undefined, to: string): boolean {
	const kinds = new Set([from ?? "", to].flatMap((text) => text.match(/\r\n|\r|\n/g) ?? []));
	return kinds.size <= 1 && !kinds.has("\r");
}
