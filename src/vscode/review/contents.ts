import * as vscode from "vscode";
import { rebase } from "../../core/edits.ts";
import type { BlobPort, FilePort } from "../../core/ports.ts";
import type { Request } from "../../core/request.ts";
import { encodingOf } from "../../present/form.ts";
import type { DraftStore } from "../../store/drafts.ts";
import { replaceText } from "../files.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import { ReviewDocuments } from "./documents.ts";
import { Drafts } from "./drafts.ts";
import { PROPOSED, requestOf } from "./uris.ts";
import { type StartsOf, type View, viewOf } from "./view.ts";

/** How a request is shown, and the revision that this shows. */
interface Loaded {
	readonly revision: number;
	readonly view: View;
}

/** The reviewer's own bytes in place of the proposed ones, or why they cannot be taken from the screen. */
export type Draft = { readonly content?: Uint8Array } | { readonly problem: string };

export interface Stores {
	readonly blobs: BlobPort;
	readonly files: FilePort;
	readonly drafts: DraftStore;
	readonly startsOf: StartsOf;
}

/** What stands in the documents of reviews: loaded when it is asked for, followed when the world moves on, forgotten. */
export class ReviewContents implements vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly stores: Stores;
	private readonly documents: ReviewDocuments;
	private readonly drafts: Drafts;
	private readonly loaded = new Map<string, Promise<Loaded>>();
	/** What the documents of a request hold now; a newer revision is not on screen before they do. */
	private readonly held = new Map<string, Loaded>();
	private readonly changes = new vscode.EventEmitter<void>();
	/** Settled when the gates have been rebuilt: a tab that a reload restored asks before that. */
	private readonly ready: Promise<void>;
	private readonly opening = vscode.workspace.onDidOpenTextDocument(keepFromServices);
	readonly onDidChange = this.changes.event;

	constructor(gates: WindowGates, stores: Stores, ready: Promise<void>) {
		this.gates = gates;
		this.stores = stores;
		this.ready = ready;
		this.drafts = new Drafts(stores.drafts, (id) => waitingRevision(gates, id));
		this.documents = new ReviewDocuments((uri) => this.contentOf(uri));
	}

	load(request: Request): Promise<Loaded> {
		const known = this.loaded.get(request.id);
		if (known !== undefined) return known;
		const { revision } = request;
		const loading = viewOf(request, this.stores).then((view) => ({ revision, view }));
		this.loaded.set(request.id, loading);
		loading.catch(() => this.loaded.delete(request.id));
		return loading;
	}

	/** What is loaded already. */
	async known(id: string): Promise<Loaded | undefined> {
		return await this.loaded.get(id)?.catch(() => undefined);
	}

	/** Anew, as it is now, into the documents that are open. `draft`: what the reviewer had changed is carried over. */
	async reload(request: Request, draft: View | undefined): Promise<Loaded> {
		this.loaded.delete(request.id);
		const loaded = await this.load(request);
		if (draft) await carryOver(draft, loaded.view);
		for (const [key, bytes] of loaded.view.contents) {
			const uri = vscode.Uri.parse(key);
			const files = uri.scheme === PROPOSED ? this.documents.proposed : this.documents.readonly;
			files.set(uri, bytes, openDocument(uri)?.isDirty === true);
		}
		this.hold(request.id, loaded);
		return loaded;
	}

	/** How the documents show the request, if it is as it is now. */
	shownAs({ id, revision }: Request): View | undefined {
		const held = this.held.get(id);
		return held?.revision === revision ? held.view : undefined;
	}

	private hold(id: string, loaded: Loaded): void {
		this.held.set(id, loaded);
		this.changes.fire();
	}

	/** What a document holds when it is opened: the reviewer's own text where there is one, else what was asked for. */
	private async contentOf(uri: vscode.Uri): Promise<Uint8Array> {
		await this.ready;
		const request = this.gates.find(requestOf(uri) ?? "")?.request;
		if (!request) throw vscode.FileSystemError.FileNotFound(uri);
		const loaded = await this.load(request);
		const content = loaded.view.contents.get(uri.toString());
		if (!content) throw vscode.FileSystemError.FileNotFound(uri);
		this.hold(request.id, loaded);
		const draft = uri.scheme === PROPOSED ? await this.drafts.of(request.id, loaded.revision) : undefined;
		return draft === undefined ? content : vscode.workspace.encode(draft, { encoding: encodingOf(content) });
	}

	/** Decoded as what it is, not as a setting would have it: the screen would show other words than those that are written. */
	async prepare(view: View): Promise<void> {
		if (view.kind !== "diff" || !view.shown) return;
		// Over a reload the editor itself keeps what was typed, and puts it back without asking us what stands below it.
		await this.documents.proposed.stat(view.right);
		if (openDocument(view.right)?.isDirty) return;
		await vscode.workspace.openTextDocument(view.right, { encoding: encodingOf(view.shown) });
	}

	/** What would be written if it were approved now, read from the screen. */
	async draft(request: Request): Promise<Draft> {
		const { view } = await this.load(request);
		if (view.kind !== "diff" || !view.shown) return {};
		const document = openDocument(view.right);
		if (!document) {
			const stored = await this.documents.proposed.readFile(view.right);
			if (Buffer.compare(stored, view.shown) === 0) return {};
			return { problem: "You changed it and closed it. What you made of it must be on screen." };
		}
		const content = await vscode.workspace.encode(document.getText(), { encoding: document.encoding });
		if (Buffer.compare(content, view.shown) === 0) return {};
		const back = await vscode.workspace.decode(content, { encoding: document.encoding });
		if (back === document.getText()) return { content };
		return { problem: `Your text has characters that ${document.encoding} cannot hold. Take them out, or deny.` };
	}

	/** A tab was closed and its changes thrown away: they are not to come back. */
	async closed(request: Request): Promise<void> {
		const draft = await this.draft(request);
		if (!("problem" in draft) && !draft.content) await this.drafts.forget(request.id);
	}

	async forget(id: string): Promise<void> {
		const known = await this.known(id);
		this.loaded.delete(id);
		this.held.delete(id);
		await this.drafts.forget(id);
		for (const key of known?.view.contents.keys() ?? []) {
			const uri = vscode.Uri.parse(key);
			this.documents.proposed.forget(uri);
			this.documents.readonly.forget(uri);
		}
	}

	dispose(): void {
		this.opening.dispose();
		this.documents.dispose();
		this.drafts.dispose();
		this.changes.dispose();
	}
}

export const openDocument = (uri: vscode.Uri) =>
	vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());

/** Where a setting makes JSON of it all the same. */
async function keepFromServices(document: vscode.TextDocument): Promise<void> {
	if (requestOf(document.uri) === undefined || !/^(json|jsonc|snippets)$/.test(document.languageId)) return;
	await vscode.languages.setTextDocumentLanguage(document, "jsonl");
}

function waitingRevision(gates: WindowGates, id: string): number | undefined {
	const request = gates.find(id)?.request;
	return request?.status === "waiting" ? request.revision : undefined;
}

/** Where it is not clean the reviewer's text stays as it is: the diff shows what it would undo. */
async function carryOver(before: View, view: View): Promise<void> {
	if (before.kind !== "diff" || view.kind !== "diff" || !before.shown || !view.shown) return;
	const document = openDocument(view.right);
	if (!document) return;
	const own = Buffer.from(document.getText(), "utf8");
	const merged = Buffer.compare(own, before.shown) === 0 ? null : rebase(before.shown, own, view.shown);
	if (merged) await replaceText(document, Buffer.from(merged).toString("utf8"));
}
