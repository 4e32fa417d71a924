import { canonicalJson } from "../base/canonicalJson.ts";
import { printableJson } from "../base/hidden.ts";
import { logLines } from "../present/logText.ts";
import { type RecordFormat, toEcs, toOcsf } from "../present/siem.ts";
import { homeAt } from "../store/home.ts";
import { readJournal } from "../store/readJournal.ts";
import { readArguments, UsageError, workspaceOf } from "./arguments.ts";

const USAGE = "countersign log [--format text|jsonl|ocsf|ecs] [--all] [--workspace DIR]";

const FORMATS: Readonly<Record<string, RecordFormat>> = {
	jsonl: (record) => record as never,
	ecs: toEcs,
	ocsf: toOcsf,
};

/** What happened at this gate, from the journal. */
export async function log(args: string[]): Promise<number> {
	const { values } = readArguments(args, { format: { type: "string" }, all: { type: "boolean" } }, USAGE);
	const { format = "text", all = false } = values;
	const asRecords = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
	if (format !== "text" && !asRecords) throw new UsageError(`--format is text, jsonl, ocsf or ecs.\nUsage: ${USAGE}`);
	const home = homeAt();
	const workspace = workspaceOf(home, values.workspace);
	const { records, flaw } = await readJournal(home, workspace);
	if (records.length === 0 && flaw === undefined) process.stderr.write(`No gate was ever opened for ${workspace}.\n`);
	const shown = all ? records : records.filter((record) => record.type !== "FREE");
	const lines = asRecords
		? shown.map((record) => printableJson(canonicalJson(asRecords(record))))
		: logLines(records, all);
	if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
	if (flaw === undefined) return 0;
	process.stderr.write(`The journal cannot be trusted from here on: ${flaw}. Run: countersign verify\n`);
	return 1;
}
