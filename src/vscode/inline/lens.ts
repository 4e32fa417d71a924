import * as vscode from "vscode";
import { agentOf } from "../../present/words.ts";
import type { Item } from "../gates/windowGates.ts";
import { settings } from "../settings.ts";
import type { Proposal, Proposals } from "./proposals.ts";

/** A place in a file where a request is shown. */
interface Place {
	readonly item: Item;
	readonly uri: vscode.Uri;
	readonly line: number;
}

/** By tokens that hold nothing: what a lens hands to its command can be had by every extension. */
const places = new WeakMap<object, Place>();

/** The place that a lens of ours stands for. */
export const placeOf = (argument: unknown): Place | undefined => places.get(Object(argument));

/** A lens moves the text below it: none comes or goes under a person who types. Ms. */
const AFTER_TYPING = 2000;

/** One quiet line at the first change that waits: who wants what. */
export class InlineLens implements vscode.CodeLensProvider, vscode.Disposable {
	private readonly proposals: Proposals;
	private readonly changes = new vscode.EventEmitter<void>();
	private readonly subscriptions: vscode.Disposable[];
	private readonly typedAt = new Map<string, number>();
	private readonly shown = new Map<string, vscode.CodeLens[]>();
	private timer: NodeJS.Timeout | undefined;
	readonly onDidChangeCodeLenses = this.changes.event;

	constructor(proposals: Proposals) {
		this.proposals = proposals;
		this.subscriptions = [
			this.changes,
			vscode.languages.registerCodeLensProvider({ scheme: "file" }, this),
			proposals.onDidChange(() => this.changes.fire()),
			vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
				if (contentChanges.length > 0 && document.uri.scheme === "file") this.typed(document);
			}),
			vscode.workspace.onDidCloseTextDocument(({ uri }) => {
				this.typedAt.delete(uri.toString());
				this.shown.delete(uri.toString());
			}),
			{ dispose: () => clearTimeout(this.timer) },
		];
	}

	private typed({ uri }: vscode.TextDocument): void {
		this.typedAt.set(uri.toString(), Date.now());
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.changes.fire(), AFTER_TYPING);
	}

	provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
		const key = document.uri.toString();
		const isTyping = Date.now() - (this.typedAt.get(key) ?? 0) < AFTER_TYPING - 100;
		const before = this.shown.get(key) ?? [];
		if (isTyping && before.length === 0) return [];
		const proposal = settings.inlineLens() ? this.proposals.of(document) : undefined;
		const lenses = proposal ? lensesOf(document, proposal, isTyping ? before[0]?.range : undefined) : [];
		this.shown.set(key, lenses);
		return lenses;
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

function lensesOf(
	document: vscode.TextDocument,
	proposal: Proposal,
	kept: vscode.Range | undefined,
): vscode.CodeLens[] {
	const line = Math.min(proposal.hunks[0]?.line ?? 0, document.lineCount - 1);
	const target = Object.freeze({});
	places.set(target, { item: proposal.item, uri: document.uri, line });
	const range = kept ?? new vscode.Range(line, 0, line, 0);
	const lens = (title: string, command: string) => new vscode.CodeLens(range, { title, command, arguments: [target] });
	return [
		lens(`$(shield)\u00a0${sentence(proposal)}`, "countersign.reviewInline"),
		lens("Approve", "countersign.approve"),
		lens("Deny…", "countersign.denyInline"),
		lens("Diff", "countersign.reviewInline"),
	];
}

function sentence({ item, hunks, more }: Proposal): string {
	const agent = agentOf(item.request);
	const others = more > 0 ? `, ${more} more behind it` : "";
	if (hunks.length === 0) return `${agent} wants to delete this file${others}`;
	const sum = (side: "added" | "removed") => hunks.reduce((total, hunk) => total + hunk[side].length, 0);
	const places = hunks.length > 1 ? ` in ${hunks.length} places` : "";
	return `${agent} wants to change this: +${sum("added")} −${sum("removed")}${places}${others}`;
}
