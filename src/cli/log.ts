import { logLines } from "../present/logText.ts";
import { homeAt } from "../store/home.ts";
import { readJournal } from "../store/readJournal.ts";
import { readArguments, UsageError, workspaceOf } from "./arguments.ts";

const USAGE = "countersign log [--format text|jsonl] [--all] [--workspace DIR]";

/** What happened at this gate, from the journal. */
export async function log(args: string[]): Promise<number> {
	const { values } = readArguments(args, { format: { type: "string" }, all: { type: "boolean" } }, USAGE);
	const { format = "text", all = false } = values;
	if (format !== "text" && format !== "jsonl") throw new UsageError(`--format is text or jsonl.\nUsage: ${USAGE}`);
	const home = homeAt();
	const { records, flaw } = await readJournal(home, workspaceOf(home, values.workspace));
	const shown = all || format === "text" ? records : records.filter((record) => record.type !== "FREE");
	const lines = format === "text" ? logLines(shown, all) : shown.map((record) => JSON.stringify(record));
	if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
	if (flaw === undefined) return 0;
	process.stderr.write(`The journal cannot be trusted from here on: ${flaw}. Run: countersign verify\n`);
	return 1;
}
