import { verifyText } from "../present/verifyText.ts";
import { homeAt } from "../store/home.ts";
import { verifyAuditFile, verifyWorkspace } from "../store/readJournal.ts";
import { readArguments, workspaceOf } from "./arguments.ts";

const USAGE = "countersign verify [FILE] [--json] [--workspace DIR]";

/** Exit code: 0 holds, 1 altered, 2 against its anchor, 3 torn, 4 forked, 5 unreadable, 6 no anchor. */
export async function verify(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, { json: { type: "boolean" } }, USAGE);
	const home = homeAt();
	const workspace = workspaceOf(home, values.workspace);
	const [file] = positionals;
	const report =
		file === undefined ? await verifyWorkspace(home, workspace) : await verifyAuditFile(home, file, workspace);
	const { code } = report;
	const said = values.json ? JSON.stringify(report) : `${code === 0 ? "OK" : "NOT OK"}: ${verifyText(report)}`;
	process.stdout.write(`${said}\n`);
	return code;
}
