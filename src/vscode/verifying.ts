import { basename } from "node:path";
import * as vscode from "vscode";
import { VERIFY } from "../core/audit/verify.ts";
import type { FolderGate } from "../owner/folderGate.ts";
import { escapeLabel } from "../present/escape.ts";
import { verifyText } from "../present/verifyText.ts";
import type { Home } from "../store/home.ts";
import { verifyWorkspace } from "../store/readJournal.ts";

/** Proves a folder's audit log, as `countersign verify` does, and says what was found. @returns whether it is to be shown */
export async function verifyAudit({ workspace }: FolderGate, home: Home): Promise<boolean> {
	const report = await verifyWorkspace(home, workspace);
	const [name, said, show] = [escapeLabel(basename(workspace)), escapeLabel(verifyText(report)), "Show the Audit File"];
	if (report.code === VERIFY.ok) {
		return (await vscode.window.showInformationMessage(`The audit log of ${name} holds: ${said}.`, show)) === show;
	}
	const what = `The audit log of ${name} is not what was recorded: ${said}. Nothing of it was changed by looking.`;
	return (await vscode.window.showErrorMessage(what, show)) === show;
}
