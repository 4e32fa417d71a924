import * as vscode from "vscode";
import { rebase } from "../../core/edits.ts";
import type { BlobPort, FilePort } from "../../core/ports.ts";
import type { Request } from "../../core/request.ts";
import { agentOf, nameOf, verbOf } from "../../present/words.ts";
import type { DraftStore } from "../../store/drafts.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";
import { settings } from "../settings.ts";
import { ReviewDocuments } from "./documents.ts";
import { Drafts } from "./drafts.ts";
import { documentsOf, PROPOSED, requestOf, reviewedIn } from "./uris.ts";
import { encodingOf, type View, viewOf } from "./view.ts";

interface Loaded {
	readonly revision: number;
	readonly view: View;
}

/** The reviewer's own bytes in place of the proposed ones, or why they cannot be taken from the screen. */
export type Draft = { readonly content?: Uint8Array } | { readonly problem: string };

/** Requests as documents: opened when a person asks, kept true while they are open, closed when they are decided. */
export class Reviews implements vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly stores: { blobs: BlobPort; files: FilePort };
	private readonly documents: ReviewDocuments;
	private readonly drafts: Drafts;
	private readonly loaded = new Map<string, Promise<Loaded>>();
	/** The revision that an open review shows; a newer one is not on screen before its documents are there. */
	private readonly onScreen = new Map<string, number>();
	private readonly shown = new vscode.EventEmitter<void>();
	readonly onDidShow = this.shown.event;
	private readonly decidedHere = new Set<string>();
	private readonly closing = new Map<string, Promise<void>>();
	private readonly subscription: { dispose(): void };
	private readonly opened = new vscode.EventEmitter<{ id: string; uri: vscode.Uri }>();
	/** A change is on screen; `uri` is its right side. */
	readonly onDidOpen = this.opened.event;
	/** Settled when the gates have been rebuilt: a tab that a reload restored asks before that. */
	private readonly ready: Promise<void>;

	constructor(
		gates: WindowGates,
		stores: { blobs: BlobPort; files: FilePort },
		drafts: DraftStore,
		ready: Promise<void>,
	) {
		this.gates = gates;
		this.stores = stores;
		this.ready = ready;
		this.drafts = new Drafts(drafts, (id) => waitingRevision(gates, id));
		this.documents = new ReviewDocuments((uri) => this.contentOf(uri));
		this.subscription = gates.onDidChange((item) => void this.follow(item?.request));
		void ready.then(() => this.takeUpTabs());
	}

	/** The request of the tab that is in front, if it is one of ours and shows it as it is now. */
	front(): Item | undefined {
		const id = reviewedIn(vscode.window.tabGroups.activeTabGroup.activeTab);
		const item = id === undefined ? undefined : this.gates.find(id);
		return item && this.onScreen.get(item.request.id) === item.request.revision ? item : undefined;
	}

	private show(id: string, revision: number): void {
		this.onScreen.set(id, revision);
		this.shown.fire();
	}

	/** Opens the request in a tab of its own. */
	async open(request: Request, preserveFocus = false): Promise<void> {
		const { revision, view } = await this.load(request);
		const options = {
			preview: false,
			preserveFocus,
			viewColumn: settings.reviewColumn() === "beside" ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
		};
		if (view.kind === "diff") {
			await this.decodeRightly(view);
			await vscode.commands.executeCommand("vscode.diff", view.left, view.right, titleOf(request), options);
			this.opened.fire({ id: request.id, uri: view.right });
			this.show(request.id, revision);
			return;
		}
		const document = await vscode.workspace.openTextDocument(view.uri);
		const coloured = await vscode.languages.setTextDocumentLanguage(document, view.language);
		await vscode.window.showTextDocument(coloured, options);
		this.show(request.id, revision);
	}

	/** As what it is, not as a setting would have it: the screen would show other words than those that are written. */
	private async decodeRightly(view: View): Promise<void> {
		if (view.kind !== "diff" || !view.shown || openDocument(view.right)?.isDirty) return;
		await vscode.workspace.openTextDocument(view.right, { encoding: encodingOf(view.shown) });
	}

	/** What would be written if it were approved now, read from the screen. */
	async draft(request: Request): Promise<Draft> {
		const { view } = await this.load(request);
		if (view.kind !== "diff" || !view.shown) return {};
		const document = openDocument(view.right);
		if (!document) return {};
		const stored = await this.documents.proposed.readFile(view.right);
		if (!document.isDirty && Buffer.compare(stored, view.shown) === 0) return {};
		const content = await vscode.workspace.encode(document.getText(), { encoding: document.encoding });
		if (Buffer.compare(content, view.shown) === 0) return {};
		const back = await vscode.workspace.decode(content, { encoding: document.encoding });
		if (back !== document.getText()) {
			return { problem: `Your text has characters that ${document.encoding} cannot hold. Take them out, or deny.` };
		}
		return { content };
	}

	/** Closes the tabs of a request; nobody is asked whether to save what is decided. */
	close(id: string): Promise<void> {
		const running = this.closing.get(id);
		if (running !== undefined) return running;
		const closing = this.closeNow(id).finally(() => this.closing.delete(id));
		this.closing.set(id, closing);
		return closing;
	}

	private async closeNow(id: string): Promise<void> {
		const tabs = this.tabsOf(id);
		await saveDrafts(tabs);
		if (tabs.length > 0) await vscode.window.tabGroups.close(tabs, false);
		await this.forget(id);
	}

	private async forget(id: string): Promise<void> {
		const known = this.loaded.get(id);
		this.loaded.delete(id);
		this.onScreen.delete(id);
		await this.drafts.forget(id);
		const view = (await known?.catch(() => undefined))?.view;
		for (const key of view?.contents.keys() ?? []) {
			const uri = vscode.Uri.parse(key);
			this.documents.proposed.forget(uri);
			this.documents.readonly.forget(uri);
		}
	}

	private load(request: Request): Promise<Loaded> {
		const known = this.loaded.get(request.id);
		if (known) return known;
		const { revision } = request;
		const loading = viewOf(request, this.stores.blobs, this.stores.files).then((view) => ({ revision, view }));
		this.loaded.set(request.id, loading);
		loading.catch(() => this.loaded.delete(request.id));
		return loading;
	}

	private async contentOf(uri: vscode.Uri): Promise<Uint8Array> {
		await this.ready;
		const item = this.gates.find(requestOf(uri) ?? "");
		if (!item) throw vscode.FileSystemError.FileNotFound(uri);
		const { revision, view } = await this.load(item.request);
		const content = view.contents.get(uri.toString());
		if (!content) throw vscode.FileSystemError.FileNotFound(uri);
		this.show(item.request.id, revision);
		const draft = uri.scheme === PROPOSED ? await this.drafts.of(item.request.id, revision) : undefined;
		return draft === undefined ? content : vscode.workspace.encode(draft, { encoding: encodingOf(content) });
	}

	private async follow(request: Request | undefined): Promise<void> {
		if (!request) return;
		if (request.status !== "waiting") return this.ended(request);
		const known = await this.loaded.get(request.id)?.catch(() => undefined);
		if (known && known.revision !== request.revision) await this.refresh(request, known.view);
	}

	/** Decided elsewhere while it is read here: what became of it takes its place, so that no key goes astray. */
	private async ended(request: Request): Promise<void> {
		const { id } = request;
		const isHere = this.closing.has(id) || this.decidedHere.has(id);
		if (isHere || this.front()?.request.id !== id) return this.close(id);
		const before = this.tabsOf(id);
		await saveDrafts(before);
		this.loaded.delete(id);
		const { view } = await this.load(request);
		this.update(view);
		await this.open(request, true);
		const left = before.filter((tab) => !documentsOf(tab).some((uri) => view.contents.has(uri.toString())));
		await vscode.window.tabGroups.close(left, true);
		await this.drafts.forget(id);
	}

	/** What is open of it shows it as it is now; under edits only once they are gone. */
	private update(view: View): void {
		for (const [key, bytes] of view.contents) {
			const uri = vscode.Uri.parse(key);
			const files = uri.scheme === PROPOSED ? this.documents.proposed : this.documents.readonly;
			files.set(uri, bytes, openDocument(uri)?.isDirty === true);
		}
	}

	/** Its review closes and leads back where the person was, instead of telling the outcome. */
	async whileDeciding<T>(id: string, decide: () => Promise<T>): Promise<T> {
		this.decidedHere.add(id);
		try {
			return await decide();
		} finally {
			this.decidedHere.delete(id);
		}
	}

	private tabsOf(id: string): readonly vscode.Tab[] {
		return vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter((tab) => reviewedIn(tab) === id));
	}

	/** The same request over a world that moved on. What the reviewer had changed is carried over where that is clean. */
	private async refresh(request: Request, before: View): Promise<void> {
		this.loaded.delete(request.id);
		const { revision, view } = await this.load(request);
		const isOpen = this.tabsOf(request.id).length > 0;
		if (isOpen && sameDocuments(before, view)) await this.carryOver(before, view);
		this.update(view);
		this.show(request.id, revision);
		if (isOpen && !sameDocuments(before, view)) {
			await this.close(request.id);
			await this.open(request);
		}
	}

	private async carryOver(before: View, view: View): Promise<void> {
		if (before.kind !== "diff" || view.kind !== "diff" || !before.shown || !view.shown) return;
		const document = openDocument(view.right);
		if (!document) return;
		const own = Buffer.from(document.getText(), "utf8");
		if (Buffer.compare(own, before.shown) === 0) return;
		const merged = rebase(before.shown, own, view.shown);
		if (!merged) return;
		const edit = new vscode.WorkspaceEdit();
		const all = new vscode.Range(0, 0, document.lineCount, 0);
		edit.replace(view.right, document.validateRange(all), Buffer.from(merged).toString("utf8"));
		await vscode.workspace.applyEdit(edit);
	}

	/** Tabs that an earlier run of the window left open: of requests that still wait, or were decided meanwhile. */
	private async takeUpTabs(): Promise<void> {
		const ids = vscode.window.tabGroups.all.flatMap((group) => group.tabs).map(reviewedIn);
		for (const id of new Set(ids)) {
			const request = id === undefined ? undefined : this.gates.find(id)?.request;
			if (request?.status === "waiting") await this.decodeRightly((await this.load(request)).view);
			else if (id !== undefined) await this.close(id);
		}
	}

	dispose(): void {
		this.subscription.dispose();
		this.documents.dispose();
		this.drafts.dispose();
	}
}

function waitingRevision(gates: WindowGates, id: string): number | undefined {
	const request = gates.find(id)?.request;
	return request?.status === "waiting" ? request.revision : undefined;
}

/** To memory only; it keeps the editor from asking about what is decided. */
async function saveDrafts(tabs: readonly vscode.Tab[]): Promise<void> {
	for (const uri of tabs.flatMap(documentsOf)) {
		if (uri.scheme === PROPOSED) await openDocument(uri)?.save();
	}
}

const openDocument = (uri: vscode.Uri) =>
	vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());

function sameDocuments(one: View, other: View): boolean {
	const name = (view: View) => (view.kind === "diff" ? `${view.left} ${view.right}` : `${view.uri}`);
	return name(one) === name(other);
}

function titleOf(request: Request): string {
	const { tier } = request.plan;
	const grave = tier === "high" || tier === "protected" ? ` · ${tier}` : "";
	return `${nameOf(request)} · ${verbOf(request)}, asked by ${agentOf(request)}${grave}`;
}
