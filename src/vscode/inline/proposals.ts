import * as vscode from "vscode";
import type { Hunk } from "../../core/hunks.ts";
import type { BlobPort } from "../../core/ports.ts";
import { formOf, isSameForm } from "../../present/form.ts";
import { hunksOf } from "../../present/hunks.ts";
import { realPathOf } from "../files.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";

/** What agents would do to a file that is open, against its text as it is now. */
export interface Proposal {
	readonly item: Item;
	/** Of a delete: none. */
	readonly hunks: readonly Hunk[];
	/** More requests for the same file, that wait behind this one. */
	readonly more: number;
	/** Of the text that it was compared with, and of the request. */
	readonly version: number;
	readonly binding: string;
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
	private found: ReadonlyMap<string, Proposal> = new Map();
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
		const request = proposal?.item.request;
		return request?.status === "waiting" && request.binding === proposal?.binding ? proposal : undefined;
	}

	private soon(ms: number): void {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => {
			// What cannot be compared now is compared at the next change; a review shows it in any case.
			this.working = this.working.then(() => this.compare()).catch(() => undefined);
		}, ms);
	}

	private async compare(): Promise<void> {
		const waiting = this.gates.waiting();
		const byPath = waitingByPath(waiting);
		const documents = new Set(vscode.window.visibleTextEditors.map(({ document }) => document));
		const found = new Map<string, Proposal>();
		for (const document of documents) {
			const { uri } = document;
			const items = uri.scheme === "file" ? byPath.get(realPathOf(uri) ?? uri.fsPath) : undefined;
			const proposal = items && (await this.proposalFor(document, items));
			if (proposal) found.set(document.uri.toString(), proposal);
		}
		const isChange = this.found.size > 0 || found.size > 0;
		this.found = found;
		const bindings = new Set(waiting.map(({ request }) => request.binding));
		for (const binding of this.texts.keys()) if (!bindings.has(binding)) this.texts.delete(binding);
		if (isChange) this.changes.fire();
	}

	private async proposalFor(document: vscode.TextDocument, items: readonly Item[]): Promise<Proposal | undefined> {
		const [item] = items;
		if (!item) return undefined;
		const { binding } = item.request;
		const common = { item, more: items.length - 1, version: document.version, binding };
		if (item.request.action.tool === "file_delete") return { ...common, hunks: [] };
		const proposed = await this.textOf(item);
		const hunks = proposed === undefined ? undefined : hunksOf(document.getText(), proposed);
		return hunks && hunks.length > 0 ? { ...common, hunks } : undefined;
	}

	private textOf({ request }: Item): Promise<string | undefined> {
		const known = this.texts.get(request.binding);
		if (known !== undefined) return known;
		const text = this.read(request).catch(() => undefined);
		this.texts.set(request.binding, text);
		return text;
	}

	/** Undefined where lines alone would not tell the change: other line ends, another encoding, no text at all. */
	private async read({ plan }: Item["request"]): Promise<string | undefined> {
		const [target] = plan.targets;
		if (!target?.base || !target.proposed || target.proposed.size > MAX_SIZE || target.base.size > MAX_SIZE)
			return undefined;
		const base = await this.blobs.get(target.base.sha256);
		const proposed = await this.blobs.get(target.proposed.sha256);
		const [form, other] = [formOf(base), formOf(proposed)];
		if (!form || !other || !isSameForm(form, other) || form.encoding !== "utf8") return undefined;
		return Buffer.from(proposed).toString("utf8");
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
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
