import * as vscode from "vscode";
import type { Hunk } from "../../core/hunks.ts";
import { escapeText } from "../../present/escape.ts";
import type { Item } from "../gates/windowGates.ts";
import { changesLooks, settings } from "../settings.ts";
import { type Proposal, type Proposals, plainEditors } from "./proposals.ts";

/** Columns that even a narrow editor shows without scrolling. What is wider is read whole in the diff only. */
const MAX_WIDTH = 72;

/** Pending hunks in the real file: what would go, what would come in its place, and where in the scrollbar. */
export class InlineMarks implements vscode.Disposable {
	private readonly proposals: Proposals;
	private readonly subscriptions: vscode.Disposable[];
	private readonly removed: vscode.TextEditorDecorationType;
	private readonly added: vscode.TextEditorDecorationType;
	private readonly whole: vscode.TextEditorDecorationType;

	constructor(proposals: Proposals) {
		this.proposals = proposals;
		const overviewRulerLane = vscode.OverviewRulerLane.Left;
		const overviewRulerColor = new vscode.ThemeColor("editorOverviewRuler.warningForeground");
		this.removed = vscode.window.createTextEditorDecorationType({
			isWholeLine: true,
			backgroundColor: new vscode.ThemeColor("diffEditor.removedLineBackground"),
			overviewRulerLane,
			overviewRulerColor,
		});
		this.added = vscode.window.createTextEditorDecorationType({ overviewRulerLane, overviewRulerColor });
		this.whole = vscode.window.createTextEditorDecorationType({ overviewRulerLane, overviewRulerColor });
		const draw = () => this.draw();
		this.subscriptions = [
			this.removed,
			this.added,
			this.whole,
			proposals.onDidChange(draw),
			vscode.window.tabGroups.onDidChangeTabs(draw),
			vscode.window.onDidChangeVisibleTextEditors(draw),
			vscode.workspace.onDidChangeConfiguration((event) => {
				if (event.affectsConfiguration("countersign.inline")) this.draw();
			}),
		];
	}

	private draw(): void {
		const plain = new Set(plainEditors());
		const isOn = settings.inlineMarks();
		for (const editor of vscode.window.visibleTextEditors) {
			const proposal = isOn && plain.has(editor) ? this.proposals.of(editor.document) : undefined;
			const { document } = editor;
			const hunks = proposal?.hunks ?? [];
			const isDelete = proposal !== undefined && hunks.length === 0;
			editor.setDecorations(
				this.whole,
				isDelete ? [document.validateRange(new vscode.Range(0, 0, document.lineCount, 0))] : [],
			);
			editor.setDecorations(this.removed, hunks.filter((hunk) => hunk.removed.length > 0).map(removedRange));
			editor.setDecorations(
				this.added,
				hunks.filter((hunk) => hunk.added.length > 0).map((hunk) => ghost(document, hunk)),
			);
		}
	}

	/** The request whose whole change stands on screen in the file that is active. */
	front(): Item | undefined {
		const editor = vscode.window.activeTextEditor;
		if (!editor || !settings.inlineMarks() || !plainEditors().includes(editor)) return undefined;
		const proposal = this.proposals.of(editor.document);
		return proposal && isShownWhole(editor, proposal) ? proposal.item : undefined;
	}

	/** Whether the caret stands in a change that waits. */
	isAtHunk(): boolean {
		const editor = vscode.window.activeTextEditor;
		const proposal = editor && plainEditors().includes(editor) ? this.proposals.of(editor.document) : undefined;
		const line = editor?.selection.active.line ?? -1;
		return proposal?.hunks.some((hunk) => line >= hunk.line && line <= lastLine(hunk)) ?? false;
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

const lastLine = (hunk: Hunk) => hunk.line + Math.max(0, hunk.removed.length - 1);
const removedRange = (hunk: Hunk) => new vscode.Range(hunk.line, 0, lastLine(hunk), 0);

/** One line is all that a decoration can add; line breaks are drawn. */
const ghostText = ({ added }: Hunk) => added.map((line) => escapeText(line).replaceAll("\t", "  ")).join(" ⏎ ");

function ghost(document: vscode.TextDocument, hunk: Hunk): vscode.DecorationOptions {
	const text = ghostText(hunk);
	const contentText =
		text.length > MAX_WIDTH ? `${text.slice(0, MAX_WIDTH)}… (more in the diff)` : text || "(an empty line)";
	const line = Math.min(anchorLine(hunk), document.lineCount - 1);
	return {
		range: document.lineAt(line).range,
		renderOptions: {
			after: {
				contentText,
				margin: "0 0 0 2ch",
				color: new vscode.ThemeColor("gitDecoration.addedResourceForeground"),
				backgroundColor: new vscode.ThemeColor("diffEditor.insertedTextBackground"),
			},
		},
	};
}

/** New lines stand behind the last one that goes, or behind the one that they follow. */
const anchorLine = (hunk: Hunk) => (hunk.removed.length > 0 ? lastLine(hunk) : Math.max(0, hunk.line - 1));

/**
 * Whether all of the change can be read where it stands: every line of it on screen, short enough for the width, drawn
 * as the person's own settings draw it. When in doubt it is read in the diff.
 */
function isShownWhole(editor: vscode.TextEditor, { hunks, more, version }: Proposal): boolean {
	const { document } = editor;
	if (hunks.length === 0 || more > 0 || version !== document.version) return false;
	if (changesLooks() || vscode.window.tabGroups.all.length > 1) return false;
	const tab = Number(editor.options.tabSize) || 4;
	return hunks.every((hunk) => {
		const anchor = Math.min(anchorLine(hunk), document.lineCount - 1);
		const lines = new vscode.Range(Math.min(hunk.line, anchor), 0, lastLine(hunk), 0);
		const isVisible = editor.visibleRanges.some((range) => range.contains(lines));
		const widths = hunk.removed.map((line) => columns(line, tab));
		widths.push(columns(document.lineAt(anchor).text, tab) + GAP + columns(ghostText(hunk), tab));
		return isVisible && Math.max(...widths) <= MAX_WIDTH;
	});
}

/** Between a line and its ghost text. Columns. */
const GAP = 2;

/** A wide character takes two columns, a tab at most so many as it is set to. */
function columns(text: string, tab: number): number {
	let count = 0;
	for (const character of text) count += character === "\t" ? tab : (character.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1;
	return count;
}
