import { compareLines, type Hunk } from "./hunks.ts";

/** Lines that go and come between two of the texts; more are not compared: the gate must not be kept busy. */
const LIMIT = { maxEditLength: 500 };

/**
 * The hunks from `base` to `proposed` of which the approved text has nothing: at their places, and right beside them, it
 * is as the base was. One that the reviewer made in another way is none of them. Undefined when the texts are too
 * different to be compared.
 */
export function leftOut(base: string, proposed: string, approved: string): readonly Hunk[] | undefined {
	const hunks = compareLines(base, proposed, LIMIT);
	const made = compareLines(base, approved, LIMIT);
	return hunks && made && hunks.filter((hunk) => !made.some((change) => touch(change, hunk)));
}

const touch = (one: Hunk, other: Hunk): boolean =>
	one.line <= other.line + other.removed.length && other.line <= one.line + one.removed.length;
