import * as vscode from "vscode";
import { agentOf, nameOf, verbOf } from "../../present/words.ts";
import { isFileAt } from "../files.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";
import { reviewedIn } from "../review/uris.ts";
import { settings } from "../settings.ts";
import { offerReview } from "./offerReview.ts";

/** Requests that come together are one message. Ms. */
const GATHER = 800;
/** At most one message in so long. Ms. */
const PAUSE = 30_000;

/** A hint that something waits, when nothing on screen says so. It decides nothing, seen or dismissed. */
export class Toast implements vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly isQueueVisible: () => boolean;
	private readonly review: (item: Item) => Promise<void>;
	private readonly subscription: { dispose(): void };
	private readonly known = new Set<string>();
	private fresh: Item[] = [];
	private timer: NodeJS.Timeout | undefined;
	private lastAt = Number.NEGATIVE_INFINITY;

	constructor(gates: WindowGates, isQueueVisible: () => boolean, review: (item: Item) => Promise<void>) {
		this.gates = gates;
		this.isQueueVisible = isQueueVisible;
		this.review = review;
		this.subscription = gates.onDidChange(() => this.gather());
	}

	private gather(): void {
		for (const item of this.gates.waiting()) {
			// Where it cannot be decided, it is nobody's business to be called to it.
			if (item.gate.hold.kind !== "ours" || this.known.has(item.request.id)) continue;
			this.known.add(item.request.id);
			this.fresh.push(item);
		}
		if (this.fresh.length === 0 || this.timer) return;
		const pause = Math.max(GATHER, this.lastAt + PAUSE - performance.now());
		this.timer = setTimeout(() => {
			this.timer = undefined;
			this.show();
		}, pause);
	}

	private show(): void {
		const items = this.fresh.filter(({ request }) => request.status === "waiting");
		this.fresh = [];
		const when = settings.notifyWhen();
		if (when === "never") return;
		const unseen = when === "always" ? items : items.filter((item) => !this.isOnScreen(item));
		const [first] = unseen;
		if (!first) return;
		this.lastAt = performance.now();
		void offerReview(messageOf(unseen), unseen, this.gates, this.review);
	}

	private isOnScreen({ request }: Item): boolean {
		if (this.isQueueVisible()) return true;
		const path = request.plan.targets[0]?.facts.canonical;
		const isFileVisible = vscode.window.visibleTextEditors.some(
			({ document }) => path !== undefined && isFileAt(document.uri, path),
		);
		return isFileVisible || vscode.window.tabGroups.all.some(({ activeTab }) => reviewedIn(activeTab) === request.id);
	}

	dispose(): void {
		clearTimeout(this.timer);
		this.subscription.dispose();
	}
}

function messageOf(items: readonly Item[]): string {
	const [first] = items;
	const agents = [...new Set(items.map(({ request }) => agentOf(request)))].join(", ");
	if (items.length > 1 || !first || !settings.notifyContent()) {
		return items.length === 1 ? `${agents} waits for you.` : `${items.length} requests wait for you, from ${agents}.`;
	}
	return `${agents} wants to ${verbOf(first.request)} ${nameOf(first.request)}. It waits for you.`;
}
