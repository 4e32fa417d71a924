import { diffArrays } from "diff";

/** Lines that go and lines that come at one place of a text. */
export interface Hunk {
	/** First line that goes, from 0; where none goes, the line that the new ones stand before. */
	readonly line: number;
	readonly removed: readonly string[];
	readonly added: readonly string[];
}

/** Longer than this a comparison takes no more of the time of a person who is typing. Ms. */
const MAX_MS = 100;

/** What has to change in `current` to get `proposed`. Undefined when that takes too long to find out. */
export function hunksOf(current: string, proposed: string): readonly Hunk[] | undefined {
	const parts = diffArrays(linesOf(current), linesOf(proposed), { timeout: MAX_MS });
	if (parts === undefined) return undefined;
	const hunks: { line: number; removed: string[]; added: string[] }[] = [];
	let line = 0;
	let open: { line: number; removed: string[]; added: string[] } | undefined;
	for (const { value, added, removed } of parts) {
		if (!added && !removed) {
			line += value.length;
			open = undefined;
			continue;
		}
		if (!open) {
			open = { line, removed: [], added: [] };
			hunks.push(open);
		}
		if (removed) {
			open.removed.push(...value);
			line += value.length;
		} else {
			open.added.push(...value);
		}
	}
	return hunks;
}

const linesOf = (text: string) => text.split(/\r\n|\r|\n/);
