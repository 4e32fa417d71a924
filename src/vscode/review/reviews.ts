import * as vscode from "vscode";
import type { Request } from "../../core/request.ts";
import { agentOf, nameOf, verbOf } from "../../present/words.ts";
import type { Front } from "../decide/sight.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import { settings } from "../settings.ts";
import { openDocument, ReviewContents, type Stores } from "./contents.ts";
import { documentsOf, PROPOSED, reviewedIn } from "./uris.ts";
import type { View } from "./view.ts";

/** `uri`: the right side; `unseen`: what of it may be missed; `asked`: a person asked for it just now. */
interface Opened {
	readonly id: string;
	readonly uri: vscode.Uri;
	readonly unseen: readonly string[];
	readonly asked: boolean;
}

/** Requests as tabs: opened when a person asks, kept true while they are open, closed when they are decided. */
export class Reviews implements vscode.Disposable {
	readonly contents: ReviewContents;
	private readonly gates: WindowGates;
	/** Whose outcome took the place of its review. */
	private readonly told = new Set<string>();
	private readonly decidedHere = new Set<string>();
	private readonly closing = new Map<string, Promise<void>>();
	private readonly subscriptions: { dispose(): void }[];
	private readonly failures = new vscode.EventEmitter<unknown>();
	readonly onDidFail = this.failures.event;
	private readonly opened = new vscode.EventEmitter<Opened>();
	/** A change is on screen, or another one in the same tab. */
	readonly onDidOpen = this.opened.event;

	constructor(gates: WindowGates, stores: Stores, ready: Promise<void>) {
		this.gates = gates;
		this.contents = new ReviewContents(gates, stores, ready);
		this.subscriptions = [
			this.contents,
			gates.onDidChange((item) => this.soon(this.follow(item?.request))),
			gates.onDidLeave((ids) => this.soon(Promise.all(ids.map((id) => this.leave(id))))),
			vscode.window.tabGroups.onDidChangeTabs(({ closed }) => this.closedByHand(closed)),
		];
		this.soon(ready.then(() => this.takeUpTabs()));
	}

	/** A tab that could not follow shows what it showed; what it shows is what a decision is checked against. */
	private soon(work: Promise<unknown>): void {
		work.catch((error) => this.failures.fire(error));
	}

	/** Its folder is gone from the window; what was typed into it is kept. */
	private async leave(id: string): Promise<void> {
		await saveDrafts(tabsOf(id));
		await vscode.window.tabGroups.close(tabsOf(id), true);
	}

	/** The request that is read: its own documents, as it is now, drawn in the tab that is in front. */
	front(): Front | undefined {
		const { activeTab } = vscode.window.tabGroups.activeTabGroup;
		const id = reviewedIn(activeTab);
		const item = id === undefined ? undefined : this.gates.find(id);
		const view = item && this.contents.shownAs(item.request);
		if (!view || !isTabOf(activeTab, view)) return undefined;
		const drawn = view.kind === "diff" ? view.right : view.uri;
		const editor = vscode.window.visibleTextEditors.find(({ document }) => isSame(document.uri, drawn));
		return editor && { ...item, mark: String(editor.document.version) };
	}

	/**
	 * Opens the request in a tab of its own.
	 * @param instead the tab whose place it takes, while the keys stay with whatever has them
	 */
	async open(request: Request, instead?: vscode.Tab): Promise<void> {
		const { view } = await this.contents.load(request);
		const options = {
			preview: false,
			preserveFocus: instead !== undefined,
			viewColumn: instead?.group.viewColumn ?? columnAsSet(),
		};
		if (view.kind === "diff") {
			await this.contents.prepare(view);
			await vscode.commands.executeCommand("vscode.diff", view.left, view.right, titleOf(request), options);
			this.announce(request.id, view, true);
			return;
		}
		const document = await vscode.workspace.openTextDocument(view.uri);
		const coloured = await vscode.languages.setTextDocumentLanguage(document, view.language);
		await vscode.window.showTextDocument(coloured, options);
	}

	private announce(id: string, view: View, asked: boolean): void {
		if (view.kind === "diff") this.opened.fire({ id, uri: view.right, unseen: view.unseen, asked });
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
		await saveDrafts(tabsOf(id));
		await vscode.window.tabGroups.close(tabsOf(id), false);
		await this.contents.forget(id);
	}

	private closedByHand(tabs: readonly vscode.Tab[]): void {
		for (const id of new Set(tabs.map(reviewedIn))) {
			const request = id === undefined ? undefined : this.gates.find(id)?.request;
			if (!request || tabsOf(request.id).length > 0) continue;
			this.soon(request.status === "waiting" ? this.contents.closed(request) : this.contents.forget(request.id));
		}
	}

	private async follow(request: Request | undefined): Promise<void> {
		if (!request) return;
		if (request.status !== "waiting") return this.ended(request);
		const known = await this.contents.known(request.id);
		if (known && known.revision !== request.revision) await this.refresh(request, known.view);
	}

	/** The same request over a world that moved on; what its title says may have changed with it. */
	private async refresh(request: Request, before: View): Promise<void> {
		const tabs = tabsOf(request.id);
		const inFront = tabs.find((tab) => tab.isActive);
		const { view } = await this.contents.reload(request, before);
		if (tabs.length === 0) return;
		const isSameView = nameOfView(before) === nameOfView(view);
		if (isSameView && tabs.every(({ label }) => label === titleOf(request)))
			return this.announce(request.id, view, false);
		await saveDrafts(tabs);
		// The editor gives a tab another title only by closing it first; else nobody's keys go anywhere.
		if (inFront && !isSameView) await this.open(request, inFront);
		const left = tabsOf(request.id).filter((tab) => isSameView || !isTabOf(tab, view));
		await vscode.window.tabGroups.close(left, true);
		if (inFront && isSameView) await this.open(request, inFront);
	}

	/** Decided elsewhere while it is read here: what became of it takes its place, so that no key goes astray. */
	private async ended(request: Request): Promise<void> {
		const { id } = request;
		const isHere = this.closing.has(id) || this.decidedHere.has(id);
		const { activeTab } = vscode.window.tabGroups.activeTabGroup;
		if (isHere || !activeTab || reviewedIn(activeTab) !== id) return this.close(id);
		await saveDrafts(tabsOf(id));
		const { view } = await this.contents.reload(request, undefined);
		await this.open(request, activeTab);
		const left = tabsOf(id).filter((tab) => !documentsOf(tab).some((uri) => view.contents.has(uri.toString())));
		// One such tab is enough: an outcome that was read is not worth another.
		const earlier = [...this.told].filter((other) => other !== id).flatMap(tabsOf);
		this.told.clear();
		this.told.add(id);
		await vscode.window.tabGroups.close([...left, ...earlier], true);
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
				const { view } = await this.contents.load(request);
				await this.contents.prepare(view);
				this.announce(request.id, view, false);
			} else if (request) await this.close(request.id);
		}
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

/** Asked for anew each time: in an older editor a tab that was got before another one opened is none any more. */
const tabsOf = (id: string) =>
	vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter((tab) => reviewedIn(tab) === id));

/** To memory only; it keeps the editor from asking about what is decided. */
async function saveDrafts(tabs: readonly vscode.Tab[]): Promise<void> {
	for (const uri of tabs.flatMap(documentsOf)) {
		if (uri.scheme === PROPOSED) await openDocument(uri)?.save();
	}
}

/** Beside what is open, once: where one review stands, the next ones open too. */
function columnAsSet(): vscode.ViewColumn {
	if (settings.reviewColumn() !== "beside") return vscode.ViewColumn.Active;
	const holdsReview = ({ tabs }: vscode.TabGroup) => tabs.some((tab) => reviewedIn(tab) !== undefined);
	const { activeTabGroup, all } = vscode.window.tabGroups;
	return [activeTabGroup, ...all].find(holdsReview)?.viewColumn ?? vscode.ViewColumn.Beside;
}

const isSame = (one: vscode.Uri, other: vscode.Uri) => one.toString() === other.toString();

/** Anybody can open a tab with one of our documents in it: only both, side by side, are the review. */
function isTabOf(tab: vscode.Tab | undefined, view: View): boolean {
	const input = tab?.input;
	if (view.kind === "document") return input instanceof vscode.TabInputText && isSame(input.uri, view.uri);
	if (!(input instanceof vscode.TabInputTextDiff)) return false;
	return isSame(input.original, view.left) && isSame(input.modified, view.right);
}

const nameOfView = (view: View) => (view.kind === "diff" ? `${view.left} ${view.right}` : `${view.uri}`);

function titleOf(request: Request): string {
	const { tier } = request.plan;
	const grave = tier === "high" || tier === "protected" ? `${tier} · ` : "";
	return `${grave}${nameOf(request)} · ${verbOf(request)}, asked by ${agentOf(request)}`;
}
