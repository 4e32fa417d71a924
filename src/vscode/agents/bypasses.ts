import * as vscode from "vscode";
import type { Reviewer } from "../../core/gateTypes.ts";
import type { FolderGate } from "../../owner/folderGate.ts";
import { escapeLine } from "../../present/escape.ts";
import { localTime } from "../../present/logText.ts";
import type { WindowGates } from "../gates/windowGates.ts";

/** More does not fit into a dialog. What was not listed is not acknowledged. */
const MAX_LINES = 12;
/** Characters. */
const MAX_LINE = 200;
const MAX_NAME = 32;

/** Shows what ran without asking, until a person says that they have seen it. Only the dialog's own button does. */
export async function showBypasses(gates: WindowGates, reviewer: Reviewer): Promise<void> {
	const all = gates.all().flatMap((gate) => gate.bypasses().map((bypass) => ({ gate, bypass })));
	if (all.length === 0) {
		vscode.window.setStatusBarMessage("$(shield) Nothing is known to have run without asking.", 5000);
		return;
	}
	const listed = all.slice(0, MAX_LINES);
	const lines = listed.map(({ bypass: { identity, tool, target, time } }) => {
		const what = `${escapeLine(identity.agent).slice(0, MAX_NAME)}: ${tool} ${escapeLine(target)}`;
		return `${localTime(new Date(time).toISOString())}  ${what.length > MAX_LINE ? `${what.slice(0, MAX_LINE)}…` : what}`;
	});
	const cut = all.length > MAX_LINES ? [`… and ${all.length - MAX_LINES} more, which are shown after these.`] : [];
	const advice =
		"The gate was not in force for these calls. Look at what they did, then prove the gate: an agent's configuration may have been changed or ignored.";
	const detail = [...lines, ...cut, "", advice].join("\n");
	const prove: vscode.MessageItem = { title: "Prove the Gate Holds" };
	const seen: vscode.MessageItem = { title: "I Have Seen This" };
	const question = all.length === 1 ? "A tool ran without asking" : `${all.length} tools ran without asking`;
	const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, prove, seen);
	const ofGate = (gate: FolderGate) => listed.filter((one) => one.gate === gate).map(({ bypass }) => bypass);
	if (chosen === seen) for (const gate of gates.all()) await gate.acknowledge(ofGate(gate), reviewer);
	if (chosen === prove) await vscode.commands.executeCommand("countersign.proveGate");
}
