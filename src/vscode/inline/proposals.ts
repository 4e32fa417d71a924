import { realpathSync } from "node:fs";
import * as vscode from "vscode";
import type { BlobPort } from "../../core/ports.ts";
import { type Hunk, hunksOf } from "../../present/hunks.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";

/** What agents would do to a file that is open, against its text as it is now. */
export interface Proposal {
	readonly item: Item;
	/** Of a delete: none. */
	readonly hunks: readonly Hunk[];
	/** More requests for the same file, that wait behind this one. */
	readonly more: number;
	readonly version: number;
}

/** A person who types is not to see marks jump. Ms. */
const AFTER_TYPING = 300;
/** A longer text is reviewed in the diff only: comparing it at each key would be felt. Bytes. */
const MAX_SIZE = 1024 * 1024;

/** The waiting changes of the files that are on screen, kept up to date while a person types in them. */
export class Proposals implements vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly blobs: BlobPort;
	private readonly changes = new vscode.EventEmitter<void>();
	private readonly subscriptions: { dispose(): void }[];
	private readonly texts = new Map<string, Promise<string | undefined>>();
	private readonly found = new Map<string, Proposal>();
	private timer: NodeJS.Timeout | undefined;
	private working: Promise<void> = Promise.resolve();
	readonly onDidChange = this.changes.event;

	constructor(gates: WindowGates, blobs: BlobPort) {
		this.gates = gates;
		this.blobs = blobs;
		this.subscriptions = [
			this.changes,
			gates.onDidChange(() => this.soon(0)),
			vscode.window.onDidChangeVisibleTextEditors(() => this.soon(0)),
			vscode.workspace.onDidChangeTextDocument(({ document }) => {
				if (this.found.has(document.uri.toString())) this.soon(AFTER_TYPING);
			}),
			{ dispose: () => clearTimeout(this.timer) },
		];
		this.soon(0);
	}

	/** Undefined also while the text has changed and was not compared again yet. */
	of(document: vscode.TextDocument): Proposal | undefined {
		const proposal = this.found.get(document.uri.toString());
		return proposal?.item.request.status === "waiting" ? proposal : undefined;
	}

	private soon(ms: number): void {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => {
			this.working = this.working.then(() => this.compare());
		}, ms);
	}

	private async compare(): Promise<void> {
		const byPath = waitingByPath(this.gates.waiting());
		const documents = new Set(vscode.window.visibleTextEditors.map(({ document }) => document));
		const before = new Map(this.found);
		this.found.clear();
		for (const document of documents) {
			const items = document.uri.scheme === "file" ? byPath.get(realPathOf(document.uri.fsPath)) : undefined;
			const proposal = items && (await this.proposalFor(document, items));
			if (proposal) this.found.set(document.uri.toString(), proposal);
		}
		if (before.size > 0 || this.found.size > 0) this.changes.fire();
	}

	private async proposalFor(document: vscode.TextDocument, items: readonly Item[]): Promise<Proposal | undefined> {
		const [item] = items;
		if (!item) return undefined;
		const common = { item, more: items.length - 1, version: document.version };
		if (item.request.action.tool === "file_delete") return { ...common, hunks: [] };
		const proposed = await this.textOf(item);
		const hunks = proposed === undefined ? undefined : hunksOf(document.getText(), proposed);
		return hunks && hunks.length > 0 ? { ...common, hunks } : undefined;
	}

	private textOf({ request }: Item): Promise<string | undefined> {
		const known = this.texts.get(request.binding);
		if (known !== undefined) return known;
		const ref = request.plan.targets[0]?.proposed;
		const text = ref && ref.size <= MAX_SIZE ? this.blobs.get(ref.sha256).then(decode) : undefined;
		const settled = Promise.resolve(text).catch(() => undefined);
		this.texts.set(request.binding, settled);
		return settled;
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

function decode(bytes: Uint8Array): string | undefined {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		return undefined;
	}
}

function waitingByPath(items: readonly Item[]): Map<string, Item[]> {
	const byPath = new Map<string, Item[]>();
	for (const item of items) {
		const [target] = item.request.plan.targets;
		if (!target?.base || target.problem) continue;
		byPath.set(target.facts.canonical, [...(byPath.get(target.facts.canonical) ?? []), item]);
	}
	return byPath;
}

function realPathOf(path: string): string {
	try {
		return realpathSync.native(path);
	} catch {
		return path;
	}
}

/** Editors that show a file by itself: the sides of a diff have marks of their own. */
export function plainEditors(): vscode.TextEditor[] {
	const shown = new Set(
		vscode.window.tabGroups.all.flatMap(({ activeTab, viewColumn }) =>
			activeTab?.input instanceof vscode.TabInputText ? [`${viewColumn} ${activeTab.input.uri}`] : [],
		),
	);
	return vscode.window.visibleTextEditors.filter(({ viewColumn, document }) =>
		shown.has(`${viewColumn} ${document.uri}`),
	);
}
