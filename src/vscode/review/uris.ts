import * as vscode from "vscode";

/** What is on screen is what is written: the reviewer may change it. */
export const PROPOSED = "countersign-proposed";
/** For reading only. */
export const READONLY = "countersign-readonly";

/** The side of a review that a read-only document stands for. */
export type Side = "empty" | "text" | "before" | "after";

/** The real path is the URI's path, so that language, icons and breadcrumbs are right; the request is the query. */
export const proposedUri = (path: string, id: string) =>
	vscode.Uri.file(path).with({ scheme: PROPOSED, query: `id=${id}` });

export const readonlyUri = (path: string, id: string, side: Side) =>
	vscode.Uri.file(path).with({ scheme: READONLY, query: `id=${id}&side=${side}` });

/** The request that a document of ours belongs to. */
export function requestOf(uri: vscode.Uri | undefined): string | undefined {
	if (uri?.scheme !== PROPOSED && uri?.scheme !== READONLY) return undefined;
	return new URLSearchParams(uri.query).get("id") ?? undefined;
}

/** The documents of a tab, the one that may be changed last. */
export function documentsOf(tab: vscode.Tab | undefined): readonly vscode.Uri[] {
	if (tab?.input instanceof vscode.TabInputTextDiff) return [tab.input.original, tab.input.modified];
	if (tab?.input instanceof vscode.TabInputText) return [tab.input.uri];
	return [];
}

/** The request that a tab reviews. */
export function reviewedIn(tab: vscode.Tab | undefined): string | undefined {
	return documentsOf(tab)
		.map(requestOf)
		.find((id) => id !== undefined);
}
