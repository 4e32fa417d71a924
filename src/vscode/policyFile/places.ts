import * as vscode from "vscode";
import type { Origin } from "../../core/policy/policy.ts";
import type { Home } from "../../store/home.ts";

/** Whose policy a document is, and the folder that its relative globs start at. Undefined: it is none that is read. */
export function policyOf(
	uri: vscode.Uri,
	home: Home,
): { readonly origin: Origin; readonly folder: string } | undefined {
	if (uri.scheme !== "file") return undefined;
	const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
	if (uri.fsPath === home.policy) {
		return { origin: "user", folder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? home.root };
	}
	const own =
		folder === undefined ? undefined : vscode.Uri.joinPath(vscode.Uri.file(folder), ".countersign", "policy.yaml");
	return folder !== undefined && own?.fsPath === uri.fsPath ? { origin: "repository", folder } : undefined;
}

/** By path, whatever language the editor takes them for: it may know no YAML. */
export const policyDocuments = (home: Home): vscode.DocumentSelector => [
	{ scheme: "file", pattern: "**/.countersign/policy.yaml" },
	{ scheme: "file", pattern: new vscode.RelativePattern(vscode.Uri.file(home.root), "policy.yaml") },
];
