import * as vscode from "vscode";
import type { Hunk } from "../../core/hunks.ts";
import { hunksOf } from "../../present/hunks.ts";
import { PROPOSED, shownPath } from "./uris.ts";

/** A longer text is compared by the editor alone. Characters. */
const MAX_TEXT = 1024 * 1024;

/**
 * Marks lines of a proposal that differ from the file only in blanks. The editor can be told to leave these out of a
 * diff, by a setting of the workspace too, and what is not shown must not be approved unseen.
 */
export class WhitespaceChanges implements vscode.Disposable {
	private readonly type = vscode.window.createTextEditorDecorationType({
		isWholeLine: true,
		backgroundColor: new vscode.ThemeColor("diffEditor.insertedLineBackground"),
		overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.warningForeground"),
		overviewRulerLane: vscode.OverviewRulerLane.Full,
		after: {
			contentText: "only blanks differ here",
			margin: "0 0 0 3ch",
			color: new vscode.ThemeColor("editorWarning.foreground"),
		},
	});
	private readonly subscriptions: vscode.Disposable[];

	constructor() {
		const draw = () => this.draw();
		this.subscriptions = [
			this.type,
			vscode.window.onDidChangeVisibleTextEditors(draw),
			vscode.workspace.onDidChangeTextDocument(({ document }) => {
				if (document.uri.scheme === PROPOSED) this.draw();
			}),
			vscode.workspace.onDidChangeConfiguration((event) => {
				if (event.affectsConfiguration("diffEditor.ignoreTrimWhitespace")) this.draw();
			}),
		];
		this.draw();
	}

	private draw(): void {
		for (const editor of vscode.window.visibleTextEditors) {
			if (editor.document.uri.scheme === PROPOSED) editor.setDecorations(this.type, marksIn(editor.document));
		}
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

function marksIn(proposed: vscode.TextDocument): vscode.Range[] {
	const isHidden = vscode.workspace.getConfiguration("diffEditor", proposed).get("ignoreTrimWhitespace", true);
	const base = vscode.workspace.textDocuments.find(
		({ uri }) => uri.scheme === "file" && shownPath(uri.path) === proposed.uri.path,
	);
	if (!isHidden || !base || proposed.getText().length > MAX_TEXT) return [];
	const hunks = hunksOf(proposed.getText(), base.getText()) ?? [];
	return hunks
		.filter(isBlankOnly)
		.map((hunk) => new vscode.Range(hunk.line, 0, hunk.line + hunk.removed.length - 1, 0));
}

const isBlankOnly = ({ removed, added }: Hunk) =>
	removed.length > 0 &&
	removed.length === added.length &&
	removed.every((line, at) => line.trim() === added[at]?.trim());
