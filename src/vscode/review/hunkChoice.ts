import * as vscode from "vscode";
import { hunksAt, hunksOf, type Lines, withHunks } from "../../present/hunks.ts";
import { replaceText } from "../files.ts";
import type { Proposals } from "../inline/proposals.ts";
import { openDocument } from "./contents.ts";
import type { Reviews } from "./reviews.ts";
import { PROPOSED } from "./uris.ts";

/** `only`: the others are taken out; `drop`: the one at the caret is. */
export type Choice = "only" | "drop";

/**
 * Hunk by hunk. What is taken out of a proposal is a text that the reviewer changed, as if it was typed: it can be undone,
 * and what is on screen then is what is approved or denied. It decides nothing.
 */
export class HunkChoice {
	private readonly reviews: Reviews;
	private readonly proposals: Proposals;

	constructor(reviews: Reviews, proposals: Proposals) {
		this.reviews = reviews;
		this.proposals = proposals;
	}

	/** In the review, or at a mark in the open file: then the review is opened, where the change can be seen. */
	async choose(choice: Choice): Promise<void> {
		const editor = vscode.window.activeTextEditor;
		const lines = editor && linesAt(editor);
		const marked = editor && !this.reviews.front() ? this.proposals.of(editor.document)?.item : undefined;
		if (marked) await this.reviews.open(marked.request);
		const said = lines ? await this.chooseIn(lines, choice) : NOT_THERE;
		if (said !== undefined) vscode.window.setStatusBarMessage(`$(shield) ${said}`, 8000);
	}

	/** @returns why nothing was changed */
	private async chooseIn(lines: Lines, choice: Choice): Promise<string | undefined> {
		const front = this.reviews.front();
		if (!front) return NOT_THERE;
		const view = this.reviews.contents.shownAs(front.request);
		if (view?.kind !== "diff" || !view.shown) return "This request is approved or denied as a whole.";
		const [base, proposed] = [openDocument(view.left), openDocument(view.right)];
		const hunks = base && proposed && hunksOf(base.getText(), proposed.getText());
		if (!hunks) return "The two sides are too different to be told apart hunk by hunk.";
		const chosen = hunksAt(hunks, lines);
		if (chosen.length === 0) return NOT_THERE;
		const kept = hunks.filter((hunk) => chosen.includes(hunk) === (choice === "only"));
		if (kept.length === hunks.length) return "It is the only hunk that is left.";
		if (kept.length === 0) return "Nothing would be left of it. Deny it instead, and the agent is told why.";
		const lineEnd = proposed.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
		await replaceText(proposed, withHunks(base.getText(), kept, lineEnd));
		showLine(proposed, chosen[0]?.line ?? 0);
		return undefined;
	}
}

const NOT_THERE = "Put the caret into a change that waits, and try again.";

function linesAt({ document, selection }: vscode.TextEditor): Lines {
	const side = document.uri.scheme === PROPOSED ? "proposed" : "current";
	return { side, from: selection.start.line, to: selection.end.line };
}

/** A text that was replaced leaves the caret at its end. */
function showLine(document: vscode.TextDocument, line: number): void {
	const editor = vscode.window.visibleTextEditors.find((one) => one.document === document);
	if (!editor) return;
	const place = document.validatePosition(new vscode.Position(line, 0));
	editor.selection = new vscode.Selection(place, place);
	editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
