import { realpathSync } from "node:fs";
import * as vscode from "vscode";

/** The real path of a file or folder. Undefined for what is not on this machine's disk: no gate can hold it there. */
export function realPathOf(uri: vscode.Uri): string | undefined {
	if (uri.scheme !== "file") return undefined;
	try {
		return realpathSync.native(uri.fsPath);
	} catch {
		return undefined;
	}
}

/** Whether a document stands for a file on disk, also one that is not there yet. @param path canonical */
export const isFileAt = (uri: vscode.Uri, path: string) =>
	uri.scheme === "file" && (uri.fsPath === path || realPathOf(uri) === path);

/** Its whole text, as one step of the undo history; nothing is saved. @returns whether the editor did it */
export async function replaceText(document: vscode.TextDocument, text: string): Promise<boolean> {
	const edit = new vscode.WorkspaceEdit();
	const all = document.validateRange(new vscode.Range(0, 0, document.lineCount, 0));
	edit.replace(document.uri, all, text);
	return vscode.workspace.applyEdit(edit);
}
