import * as vscode from "vscode";
import type { Request } from "../../core/request.ts";
import { agentOf, nameOf, verbOf } from "../../present/words.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";
import { settings } from "../settings.ts";
import { openDocument, ReviewContents, type Stores } from "./contents.ts";
import { documentsOf, PROPOSED, reviewedIn } from "./uris.ts";
import type { View } from "./view.ts";

/** Requests as tabs: opened when a person asks, kept true while they are open, closed when they are decided. */
export class Reviews implements vscode.Disposable {
	readonly contents: ReviewContents;
	private readonly gates: WindowGates;
	private readonly decidedHere = new Set<string>();
	private readonly closing = new Map<string, Promise<void>>();
	private readonly subscriptions: { dispose(): void }[];
	private readonly opened = new vscode.EventEmitter<{ id: string; uri: vscode.Uri }>();
	/** A change is on screen; `uri` is its right side. */
	readonly onDidOpen = this.opened.event;

	constructor(gates: WindowGates, stores: Stores, ready: Promise<void>) {
		this.gates = gates;
		this.contents = new ReviewContents(gates, stores, ready);
		this.subscriptions = [
			this.contents,
			gates.onDidChange((item) => void this.follow(item?.request)),
			vscode.window.tabGroups.onDidChangeTabs(({ closed }) => this.closedByHand(closed)),
		];
		void ready.then(() => this.takeUpTabs());
	}

	/** The request of the tab that is in front, if it is one of ours and shows it as it is now. */
	front(): Item | undefined {
		const id = reviewedIn(vscode.window.tabGroups.activeTabGroup.activeTab);
		const item = id === undefined ? undefined : this.gates.find(id);
		return item && this.contents.isHeld(item.request) ? item : undefined;
	}

	/** Opens the request in a tab of its own. */
	async open(request: Request, preserveFocus = false): Promise<void> {
		const { view } = await this.contents.load(request);
		const options = {
			preview: false,
			preserveFocus,
			viewColumn: settings.reviewColumn() === "beside" ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
		};
		if (view.kind === "diff") {
			await this.contents.decodeRightly(view);
			await vscode.commands.executeCommand("vscode.diff", view.left, view.right, titleOf(request), options);
			this.opened.fire({ id: request.id, uri: view.right });
			return;
		}
		const document = await vscode.workspace.openTextDocument(view.uri);
		const coloured = await vscode.languages.setTextDocumentLanguage(document, view.language);
		await vscode.window.showTextDocument(coloured, options);
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
		const tabs = tabsOf(id);
		await saveDrafts(tabs);
		if (tabs.length > 0) await vscode.window.tabGroups.close(tabs, false);
		await this.contents.forget(id);
	}

	private closedByHand(tabs: readonly vscode.Tab[]): void {
		for (const id of new Set(tabs.map(reviewedIn))) {
			const request = id === undefined ? undefined : this.gates.find(id)?.request;
			if (request?.status === "waiting" && tabsOf(request.id).length === 0) void this.contents.closed(request);
		}
	}

	private async follow(request: Request | undefined): Promise<void> {
		if (!request) return;
		if (request.status !== "waiting") return this.ended(request);
		const known = await this.contents.known(request.id);
		if (known && known.revision !== request.revision) await this.refresh(request, known.view);
	}

	/** The same request over a world that moved on. */
	private async refresh(request: Request, before: View): Promise<void> {
		const isOpen = tabsOf(request.id).length > 0;
		const { view } = await this.contents.reload(request, before);
		if (!isOpen || nameOfView(before) === nameOfView(view)) return;
		await this.close(request.id);
		await this.open(request);
	}

	/** Decided elsewhere while it is read here: what became of it takes its place, so that no key goes astray. */
	private async ended(request: Request): Promise<void> {
		const { id } = request;
		const isHere = this.closing.has(id) || this.decidedHere.has(id);
		if (isHere || reviewedIn(vscode.window.tabGroups.activeTabGroup.activeTab) !== id) return this.close(id);
		const before = tabsOf(id);
		await saveDrafts(before);
		const { view } = await this.contents.reload(request, undefined);
		await this.open(request, true);
		const left = before.filter((tab) => !documentsOf(tab).some((uri) => view.contents.has(uri.toString())));
		await vscode.window.tabGroups.close(left, true);
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

	/** Tabs that an earlier run of the window left open: of requests that still wait, or were decided meanwhile. */
	private async takeUpTabs(): Promise<void> {
		const ids = vscode.window.tabGroups.all.flatMap((group) => group.tabs).map(reviewedIn);
		for (const id of new Set(ids)) {
			const request = id === undefined ? undefined : this.gates.find(id)?.request;
			if (request?.status === "waiting") {
				await this.contents.decodeRightly((await this.contents.load(request)).view);
			} else if (id !== undefined) await this.close(id);
		}
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

const tabsOf = (id: string) =>
	vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter((tab) => reviewedIn(tab) === id));

/** To memory only; it keeps the editor from asking about what is decided. */
async function saveDrafts(tabs: readonly vscode.Tab[]): Promise<void> {
	for (const uri of tabs.flatMap(documentsOf)) {
		if (uri.scheme === PROPOSED) await openDocument(uri)?.save();
	}
}

const nameOfView = (view: View) => (view.kind === "diff" ? `${view.left} ${view.right}` : `${view.uri}`);

function titleOf(request: Request): string {
	const { tier } = request.plan;
	const grave = tier === "high" || tier === "protected" ? ` · ${tier}` : "";
	return `${nameOf(request)} · ${verbOf(request)}, asked by ${agentOf(request)}${grave}`;
}
