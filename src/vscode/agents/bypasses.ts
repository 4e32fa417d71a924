import * as vscode from "vscode";
import type { Reviewer } from "../../core/gateTypes.ts";
import { escapeLine } from "../../present/escape.ts";
import { localTime } from "../../present/logText.ts";
import type { WindowGates } from "../gates/windowGates.ts";

/** More does not fit into a dialog; the audit file has them all. */
const MAX_LINES = 12;

/** Shows what ran without asking, until a person says that they have seen it. Only the dialog's own button does. */
export async function showBypasses(gates: WindowGates, reviewer: Reviewer): Promise<void> {
	const found = gates.all().flatMap((gate) => {
		const bypasses = gate.bypasses();
		return bypasses.length > 0 ? [{ gate, bypasses }] : [];
	});
	if (found.length === 0) {
		vscode.window.setStatusBarMessage("$(shield) Nothing is known to have run without asking.", 5000);
		return;
	}
	const all = found.flatMap(({ bypasses }) => bypasses);
	const lines = all
		.slice(-MAX_LINES)
		.map(
			({ identity, tool, target, time }) =>
				`${localTime(new Date(time).toISOString())}  ${escapeLine(identity.agent)}: ${tool} ${escapeLine(target)}`,
		);
	const cut = all.length > MAX_LINES ? [`… and ${all.length - MAX_LINES} before; the audit file has them all.`] : [];
	const advice =
		"The gate was not in force for these calls. Look at what they did, then prove the gate: an agent's configuration may have been changed or ignored.";
	const detail = [...lines, ...cut, "", advice].join("\n");
	const prove: vscode.MessageItem = { title: "Prove the Gate Holds" };
	const seen: vscode.MessageItem = { title: "I Have Seen This" };
	const question = all.length === 1 ? "A tool ran without asking" : `${all.length} tools ran without asking`;
	const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, prove, seen);
	if (chosen === seen) for (const { gate, bypasses } of found) await gate.acknowledge(bypasses, reviewer);
	if (chosen === prove) await vscode.commands.executeCommand("countersign.proveGate");
}
