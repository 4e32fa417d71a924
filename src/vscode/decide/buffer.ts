import * as vscode from "vscode";
import { rebase } from "../../core/edits.ts";
import { isFileAt } from "../files.ts";

/** The document with unsaved changes that stands for a file on disk. @param path canonical */
export function dirtyDocument(path: string): vscode.TextDocument | undefined {
	return vscode.workspace.textDocuments.find(({ isDirty, uri }) => isDirty && isFileAt(uri, path));
}

/** Whether the editor, in whatever form it shows the file, holds changes that are not saved. @param path canonical */
export function isUnsaved(path: string): boolean {
	if (dirtyDocument(path)) return true;
	return vscode.window.tabGroups.all.some(({ tabs }) =>
		tabs.some(({ isDirty, input }) => {
			const uri = (input as { uri?: unknown } | undefined)?.uri;
			return isDirty && uri instanceof vscode.Uri && isFileAt(uri, path);
		}),
	);
}

/**
 * The text that the buffer would have with the change from `base` to `proposed` made to it. Undefined when the change
 * does not fit what the person wrote there.
 */
export function mergedInto(document: vscode.TextDocument, base: Uint8Array, proposed: Uint8Array): string | undefined {
	const merged = rebase(base, proposed, Buffer.from(document.getText(), "utf8"));
	return merged ? Buffer.from(merged).toString("utf8") : undefined;
}
