import type { DecisionState, RejectedHunk } from "../protocol/messages.ts";

/**
 * For a model: that a file holds, or will hold, something else than it proposed, and what of that is not in it.
 * @param next what it is to do about that
 */
export function changedInWords(decision: DecisionState, next = "Read the file again before you go on."): string {
	const leftOut = leftOutInWords(decision);
	const words = "Approved with changes: the reviewer wrote a changed version of this file.";
	return `${words} ${next}${leftOut ? ` ${leftOut}` : ""}`;
}

/** For a model, in one line: what it proposed and the reviewer did not take. Undefined when that is nothing. */
export function leftOutInWords({ rejectedHunks, moreRejectedHunks = 0 }: DecisionState): string | undefined {
	if (!rejectedHunks) return undefined;
	const hunks = rejectedHunks.map(inWords);
	if (moreRejectedHunks > 0) hunks.push(`and ${moreRejectedHunks} more that there is no room for here`);
	return `The reviewer left out these of your changes; do not make them again unless you are asked to (lines as they were before): ${hunks.join("; ")}.`;
}

function inWords({ line, removed, added }: RejectedHunk): string {
	if (removed.length === 0) return `before line ${line}, ${quoted(added)} was not added`;
	if (added.length === 0) return `at line ${line}, ${quoted(removed)} was not removed`;
	return `at line ${line}, ${quoted(removed)} was not replaced by ${quoted(added)}`;
}

const quoted = (lines: readonly string[]) => JSON.stringify(lines.join("\n"));
