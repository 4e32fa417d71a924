import { compareLines, type Hunk, linesOf } from "./hunks.ts";

/** Lines that go and come between two of the texts; more are not compared: the gate must not be kept busy. */
const MAX_EDITS = 500;

/**
 * The hunks from `base` to `proposed` of which the approved text has nothing: there it is as the base was. One that the
 * reviewer made in another way is none of them. Undefined when the texts are too different to be compared.
 */
export function leftOut(base: string, proposed: string, approved: string): readonly Hunk[] | undefined {
	const hunks = compareLines(base, proposed, { maxEditLength: MAX_EDITS });
	return hunks && (notChosen(linesOf(base), hunks, linesOf(approved)) ?? untouched(hunks, base, approved));
}

/**
 * Where hunk by hunk was chosen, and nothing else written, it is known exactly: a comparison may put equal lines to
 * another place. Undefined when the approved text is no such choice.
 */
function notChosen(base: readonly string[], hunks: readonly Hunk[], approved: readonly string[]): Hunk[] | undefined {
	const tried = new Set<string>();
	const stands = (lines: readonly string[], at: number) => lines.every((line, index) => approved[at + index] === line);
	/** From the nth hunk on, whose place, if it is right, is `at` in the approved lines. */
	const from = (nth: number, at: number): Hunk[] | undefined => {
		const hunk = hunks[nth];
		if (!hunk) return at === approved.length ? [] : undefined;
		const taken = behind(nth, hunk.added, at);
		if (taken) return taken;
		const rest = behind(nth, hunk.removed, at);
		return rest && [hunk, ...rest];
	};
	/** These lines for the nth hunk, then those that stay, then the next. */
	const behind = (nth: number, lines: readonly string[], at: number): Hunk[] | undefined => {
		const all = [...lines, ...staying(base, hunks, nth)];
		const here = `${nth} ${at + lines.length}`;
		if (tried.has(here) || !stands(all, at)) return undefined;
		tried.add(here);
		return from(nth + 1, at + all.length);
	};
	return behind(-1, [], 0);
}

/** The lines of the base from behind the nth hunk to the next. */
function staying(base: readonly string[], hunks: readonly Hunk[], nth: number): readonly string[] {
	const hunk = hunks[nth];
	return base.slice(hunk ? hunk.line + hunk.removed.length : 0, hunks[nth + 1]?.line);
}

/** Where the reviewer wrote otherwise: the hunks at whose place no change of theirs is, nor right beside it. */
function untouched(hunks: readonly Hunk[], base: string, approved: string): readonly Hunk[] | undefined {
	const made = compareLines(base, approved, { maxEditLength: MAX_EDITS });
	return made && hunks.filter((hunk) => !made.some((change) => touch(change, hunk)));
}

const touch = (one: Hunk, other: Hunk): boolean =>
	one.line <= other.line + other.removed.length && other.line <= one.line + one.removed.length;
