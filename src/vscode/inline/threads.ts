import * as vscode from "vscode";
import type { Hunk } from "../../core/hunks.ts";
import { escapeLine, escapeText } from "../../present/escape.ts";
import { agentOf, claimOf, nameOf, undoText, verbOf } from "../../present/words.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";

/** More lines are read in the diff. */
const MAX_LINES = 30;

/** A box at the change, opened on request: what it is, what the agent says, and room for the reason of a denial. */
export class ReasonThreads implements vscode.Disposable {
	private readonly controller: vscode.CommentController;
	private readonly threads = new Map<vscode.CommentThread, Item>();
	private readonly subscription: { dispose(): void };

	constructor(gates: WindowGates) {
		this.controller = vscode.comments.createCommentController("countersign", "Countersign");
		this.controller.options = {
			prompt: "Deny with a reason…",
			placeHolder: "The reason, as the agent is to read it. Ctrl+Enter denies.",
		};
		this.subscription = gates.onDidChange((item) => {
			if (item && item.request.status !== "waiting") this.close(item.request.id);
		});
	}

	/**
	 * One a request. `hunks`: of a file by itself; in a review they are on screen already, and what of it may be missed
	 * (`unseen`) is said.
	 */
	open(item: Item, uri: vscode.Uri, line: number, hunks?: readonly Hunk[], unseen: readonly string[] = []): void {
		const standing = this.threadOf(item.request.id);
		if (standing && String(standing.uri) === String(uri)) {
			this.fill(standing, item, hunks ?? [], unseen);
			standing.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
			return;
		}
		this.close(item.request.id);
		// With what it says from its first moment: a box that is empty takes the focus.
		const said = [commentOf(item, hunks ?? [], unseen)];
		const thread = this.controller.createCommentThread(uri, new vscode.Range(line, 0, line, 0), said);
		thread.label = labelOf(item);
		thread.contextValue = hunks ? "inline" : "review";
		thread.canReply = true;
		thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
		this.threads.set(thread, item);
	}

	/** What a review shows moved on, and nobody asked for its box: one that stands elsewhere stays as it is. */
	follow(item: Item, uri: vscode.Uri, unseen: readonly string[]): void {
		const standing = this.threadOf(item.request.id);
		if (!standing) this.open(item, uri, 0, undefined, unseen);
		else if (String(standing.uri) === String(uri)) this.fill(standing, item, [], unseen);
	}

	/** In place: a reason that is being typed below it stays, and so does the focus. */
	private fill(thread: vscode.CommentThread, item: Item, hunks: readonly Hunk[], unseen: readonly string[]): void {
		thread.label = labelOf(item);
		thread.comments = [commentOf(item, hunks, unseen)];
		this.threads.set(thread, item);
	}

	has(id: string): boolean {
		return this.threadOf(id) !== undefined;
	}

	private threadOf(id: string): vscode.CommentThread | undefined {
		return [...this.threads].find(([, { request }]) => request.id === id)?.[0];
	}

	/** The request that a thread is about, if the thread is one of ours. */
	itemOf(argument: unknown): Item | undefined {
		const thread = (argument as vscode.CommentReply | undefined)?.thread ?? argument;
		return this.threads.get(thread as vscode.CommentThread);
	}

	private close(id: string): void {
		for (const [thread, item] of this.threads) {
			if (item.request.id !== id) continue;
			this.threads.delete(thread);
			thread.dispose();
		}
	}

	dispose(): void {
		this.subscription.dispose();
		this.controller.dispose();
	}
}

const labelOf = ({ request }: Item) => `${verbOf(request)} ${nameOf(request)}`;

const commentOf = (item: Item, hunks: readonly Hunk[], unseen: readonly string[]): vscode.Comment => ({
	body: bodyOf(item, hunks, unseen),
	mode: vscode.CommentMode.Preview,
	author: { name: agentOf(item.request) },
	label: item.request.plan.tier === "normal" ? "" : item.request.plan.tier,
});

/** The agent's words are text in a block of their own: no link, no button, nothing that could pass for ours. */
function bodyOf({ request }: Item, hunks: readonly Hunk[], unseen: readonly string[]): vscode.MarkdownString {
	const body = new vscode.MarkdownString();
	const undo = undoText(request);
	for (const said of [...(undo === undefined ? [] : [`${undo}.`]), ...unseen, ...request.plan.why])
		body.appendMarkdown(`${asMarkdown(said)}\n\n`);
	const claim = claimOf(request);
	if (claim) {
		body.appendMarkdown("The agent says (not checked):\n\n");
		body.appendCodeblock(escapeText(claim), "text");
	}
	const lines = hunks.flatMap(({ removed, added }) => [
		...removed.map((line) => `-${escapeText(line)}`),
		...added.map((line) => `+${escapeText(line)}`),
	]);
	if (lines.length > MAX_LINES)
		lines.splice(MAX_LINES, lines.length, `… ${lines.length - MAX_LINES} more lines in the diff`);
	if (lines.length > 0) body.appendCodeblock(lines.join("\n"), "diff");
	return body;
}

/** As it stands, on as many lines as it takes: an editor's own way to put text into Markdown keeps all of it on one. */
const asMarkdown = (text: string) => escapeLine(text).replace(/[!-/:-@[-`{-~]/g, "\\$&");
