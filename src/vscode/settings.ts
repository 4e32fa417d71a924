import * as vscode from "vscode";

/** Below this no setting goes: a key meant for what was there before must not hit what comes. Ms. */
const LEAST_QUIET = 300;

const get = <T>(name: string, fallback: T): T =>
	vscode.workspace.getConfiguration("countersign").get<T>(name) ?? fallback;

/** How it looks. What decides is in policy.yaml, out of reach of a workspace. */
export const settings = {
	/** How long something must be on screen, unchanged, before a key can mean it. Ms. */
	quietMs: () => Math.max(LEAST_QUIET, get("input.quietMs", 700)),
	notifyWhen: () => get<"never" | "unseen" | "always">("notify.when", "unseen"),
	/** Whether a notification names the file. */
	notifyContent: () => get("notify.includeContent", true),
	reviewColumn: () => get<"active" | "beside">("review.column", "active"),
	inlineMarks: () => get("inline.marks", true),
	inlineLens: () => get("inline.codeLens", true),
	/** Of the machine where the files are: no workspace says it. Holds for gates that are opened from then on. */
	tcpInRemote: () => get("endpoint.tcpInRemote", false),
};

/** By these a workspace could draw a change so that nobody sees it. */
const LOOKS = [
	"workbench.colorCustomizations",
	"editor.tokenColorCustomizations",
	"editor.semanticTokenColorCustomizations",
	"editor.fontSize",
	"editor.fontFamily",
	"editor.letterSpacing",
	"editor.lineHeight",
];

/** Whether the repository itself sets how things look. */
export function changesLooks(): boolean {
	return LOOKS.some((name) => {
		const found = vscode.workspace.getConfiguration().inspect(name);
		return found?.workspaceValue !== undefined || found?.workspaceFolderValue !== undefined;
	});
}
