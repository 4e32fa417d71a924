import * as vscode from "vscode";
import type { DraftStore } from "../../store/drafts.ts";
import { PROPOSED, requestOf } from "./uris.ts";

/** While a person types, not at each key. Ms. */
const AFTER_TYPING = 300;
/** A larger one lives only as long as its window. Characters. */
const MAX_TEXT = 1024 * 1024;

/** Keeps what a reviewer changes in a proposal: neither a reload nor a crash of the window takes it. */
export class Drafts implements vscode.Disposable {
	private readonly store: DraftStore;
	private readonly revisionOf: (id: string) => number | undefined;
	private readonly timers = new Map<string, NodeJS.Timeout>();
	private readonly subscription: vscode.Disposable;

	/** @param revisionOf the revision that is on screen; undefined once the request is decided */
	constructor(store: DraftStore, revisionOf: (id: string) => number | undefined) {
		this.store = store;
		this.revisionOf = revisionOf;
		this.subscription = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
			const id = document.uri.scheme === PROPOSED && contentChanges.length > 0 ? requestOf(document.uri) : undefined;
			if (id !== undefined) this.keepSoon(id, document);
		});
	}

	of(id: string, revision: number): Promise<string | undefined> {
		return this.store.read(id, revision);
	}

	async forget(id: string): Promise<void> {
		clearTimeout(this.timers.get(id));
		this.timers.delete(id);
		await this.store.remove(id);
	}

	private keepSoon(id: string, document: vscode.TextDocument): void {
		clearTimeout(this.timers.get(id));
		this.timers.set(
			id,
			setTimeout(() => void this.keep(id, document), AFTER_TYPING),
		);
	}

	private async keep(id: string, document: vscode.TextDocument): Promise<void> {
		const revision = this.revisionOf(id);
		const text = document.getText();
		if (revision === undefined || document.isClosed || text.length > MAX_TEXT) return;
		// A draft that cannot be kept is still on screen.
		await this.store.write(id, revision, text).catch(() => undefined);
	}

	dispose(): void {
		for (const timer of this.timers.values()) clearTimeout(timer);
		this.subscription.dispose();
	}
}
