import { diffArrays } from "diff";

/** Lines that go and lines that come at one place of a text. Without their ends: those make no hunk. */
export interface Hunk {
	/** First line that goes, from 0; where none goes, the line that the new ones stand before. */
	readonly line: number;
	readonly removed: readonly string[];
	readonly added: readonly string[];
}

/** When a comparison is given up. `timeout`: ms. `maxEditLength`: lines that go and come, the same on every machine. */
type Limit = { readonly timeout: number } | { readonly maxEditLength: number };

/** What has to change in `current` to get `proposed`. Undefined when that takes more than the limit to find out. */
export function compareLines(current: string, proposed: string, limit: Limit): readonly Hunk[] | undefined {
	const parts = diffArrays(linesOf(current), linesOf(proposed), limit);
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

export const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);
