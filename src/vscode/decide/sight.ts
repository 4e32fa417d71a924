import * as vscode from "vscode";
import type { Item } from "../gates/windowGates.ts";
import { settings } from "../settings.ts";

/** Where a person looks at a request. */
export type Place = "review" | "inline" | "row";

export interface Front extends Item {
	/** Changes with what is drawn of it: a text that the reviewer, or anybody, edits. */
	readonly mark?: string;
}

export interface Sighting extends Item {
	readonly place: Place;
	/** The request in the revision that is seen, and its mark; held by value, because a request changes in place. */
	readonly key: string;
	/** When it came before the reviewer's eyes, ms of a monotonic clock. */
	readonly since: number;
}

/** A surface that can say which request is before the reviewer's eyes: all of what it would do, not its name. */
export interface Watcher {
	readonly place: Place;
	readonly front: () => Front | undefined;
}

/**
 * What a decision is about when it names nothing. A command can be called by anybody: another extension, an agent in
 * the editor. So it decides only what is on screen, has been there for a moment, and is still the same.
 */
export class Sight implements vscode.Disposable {
	private readonly watchers: Watcher[];
	private readonly subscriptions: vscode.Disposable[];
	private readonly changes = new vscode.EventEmitter<Sighting | undefined>();
	private readonly seen = new Set<string>();
	private current: Sighting | undefined;
	private timer: NodeJS.Timeout | undefined;
	private typedAt = Number.NEGATIVE_INFINITY;
	private readonly sightings = new vscode.EventEmitter<void>();
	readonly onDidChange = this.changes.event;
	/** Something was on screen for long enough. */
	readonly onDidSee = this.sightings.event;

	/** @param watchers the most telling first */
	constructor(watchers: Watcher[], changes: readonly vscode.Event<unknown>[]) {
		this.watchers = watchers;
		const look = () => this.look();
		this.subscriptions = [
			vscode.window.tabGroups.onDidChangeTabs(look),
			vscode.window.tabGroups.onDidChangeTabGroups(look),
			vscode.window.onDidChangeActiveTextEditor(look),
			vscode.window.onDidChangeVisibleTextEditors(look),
			vscode.window.onDidChangeTextEditorSelection(look),
			vscode.window.onDidChangeTextEditorVisibleRanges(look),
			vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) =>
				this.typed(document, contentChanges.length),
			),
			...changes.map((event) => event(look)),
		];
	}

	/** What is in front now. */
	front(): Sighting | undefined {
		this.look();
		return this.current;
	}

	/** Whether it has been in front, and nobody was typing, for long enough that a key is meant for it; and whether
	 * anybody is there at all: a window that nobody has touched for a minute is not read. */
	isSettled(sighting: Sighting): boolean {
		if (!vscode.window.state.active) return false;
		return performance.now() - Math.max(sighting.since, this.typedAt) >= settings.quietMs();
	}

	/** What a person pointed at with a button. It names a request and does not show it, unless that is in front anyway. */
	at(item: Item): Sighting {
		const front = this.front();
		if (front?.request.id === item.request.id) return front;
		return { ...item, place: "row", key: keyOf(item.request), since: Number.NEGATIVE_INFINITY };
	}

	/** Whether this revision of a request was once on screen, whole, for that long. */
	wasSeen({ request }: Item): boolean {
		return this.seen.has(keyOf(request));
	}

	/** Something else than before is in front, or the same anew. */
	look(): void {
		const next = this.find();
		if (next?.key === this.current?.key && next?.place === this.current?.place) return;
		clearTimeout(this.timer);
		this.current = next;
		// By value: a request changes in place, and what comes after it was not seen yet.
		const key = next && keyOf(next.request);
		if (key !== undefined) {
			this.timer = setTimeout(() => {
				this.seen.add(key);
				this.sightings.fire();
			}, settings.quietMs());
		}
		this.changes.fire(next);
	}

	private find(): Sighting | undefined {
		for (const { front, place } of this.watchers) {
			const item = front();
			if (!item) continue;
			const { gate, request, mark = "" } = item;
			return { gate, request, place, key: `${keyOf(request)} ${mark}`, since: performance.now() };
		}
		return undefined;
	}

	/** Into the document in front. */
	private typed({ uri }: vscode.TextDocument, changes: number): void {
		const active = vscode.window.activeTextEditor?.document.uri.toString();
		if (changes === 0) return;
		if (uri.toString() === active) this.typedAt = performance.now();
		this.look();
	}

	dispose(): void {
		clearTimeout(this.timer);
		for (const subscription of this.subscriptions) subscription.dispose();
		this.changes.dispose();
		this.sightings.dispose();
	}
}

/** A request as it is now: a later revision of it has another one. */
export const keyOf = ({ id, revision, binding }: Item["request"]) => `${id} ${revision} ${binding}`;
