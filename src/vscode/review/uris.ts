import * as vscode from "vscode";

/** What is on screen is what is written: the reviewer may change it. */
export const PROPOSED = "countersign-proposed";
/** For reading only. */
export const READONLY = "countersign-readonly";

/** The side of a review that a read-only document stands for. */
export type Side = "empty" | "text" | "before" | "after";

/** What the editor takes for JSON by its name, as its own extensions list it. */
const JSON_NAME =
	/(?:\.(?:json|jsonc|jsonld|geojson|webmanifest|har|ipynb|map|code-workspace|code-snippets|code-profile|(?:bower|jscs|vue|eslint|jshint|jslint|jsfmt|swc|hint|babel)rc)|\/(?:composer\.lock|flake\.lock|deno\.lock|\.watchmanconfig|\.ember-cli))$/i;

/**
 * The path that a document of ours has: the real one, so that language, icons and breadcrumbs are right. But what is
 * read as JSON may name a schema, which would be fetched before any decision; as lines of JSON it looks the same, and no
 * service reads it.
 */
export const shownPath = (path: string) => (JSON_NAME.test(path) ? `${path}.jsonl` : path);

/** The request is the query. */
export const proposedUri = (path: string, id: string) =>
	vscode.Uri.file(shownPath(path)).with({ scheme: PROPOSED, query: `id=${id}` });

export const readonlyUri = (path: string, id: string, side: Side) =>
	vscode.Uri.file(shownPath(path)).with({ scheme: READONLY, query: `id=${id}&side=${side}` });

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
