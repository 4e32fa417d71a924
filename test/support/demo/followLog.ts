import { statSync } from "node:fs";
import { join } from "node:path";
import { logLines } from "../../../src/present/logText.ts";
import { folderIdOf, type Home } from "../../../src/store/home.ts";
import { readJournal } from "../../../src/store/readJournal.ts";

export const logOf = async (home: Home, workspace: string): Promise<string[]> =>
	logLines((await readJournal(home, workspace)).records, false);

/** Prints each audit line as it comes; the returned function prints what is there by now. */
export function followLog(home: Home, workspace: string): () => Promise<void> {
	const journal = join(home.journal, folderIdOf(workspace), "journal.jsonl");
	let printed = 0;
	let size = 0;
	const print = async () => {
		const now = statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
		if (now === size) return;
		size = now;
		const lines = await logOf(home, workspace);
		for (const line of lines.slice(printed)) console.log(line);
		printed = lines.length;
	};
	// One after the other: two at once would print a line twice.
	let last = Promise.resolve();
	const printNext = () => {
		last = last.then(print, print);
		return last;
	};
	setInterval(() => void printNext().catch(() => undefined), 100).unref();
	return printNext;
}
