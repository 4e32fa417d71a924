import * as vscode from "vscode";
import { hiddenIn } from "../../present/escape.ts";
import { PROPOSED } from "./uris.ts";

/** More of them are not drawn: the first ones say enough. */
const MAX_MARKS = 2000;

/** Writes out, in what is proposed, every character that an editor would not show: no setting of a workspace hides it. */
export class HiddenCharacters implements vscode.Disposable {
	private readonly type = vscode.window.createTextEditorDecorationType({
		backgroundColor: new vscode.ThemeColor("editorUnicodeHighlight.background"),
		border: "1px solid",
		borderColor: new vscode.ThemeColor("editorUnicodeHighlight.border"),
	});
	private readonly subscriptions: vscode.Disposable[];

	constructor() {
		this.subscriptions = [
			this.type,
			vscode.window.onDidChangeVisibleTextEditors(() => this.draw()),
			vscode.workspace.onDidChangeTextDocument(({ document }) => {
				if (document.uri.scheme === PROPOSED) this.draw();
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

function marksIn(document: vscode.TextDocument): vscode.DecorationOptions[] {
	return hiddenIn(document.getText())
		.slice(0, MAX_MARKS)
		.map(({ at, length, written }) => ({
			range: new vscode.Range(document.positionAt(at), document.positionAt(at + length)),
			renderOptions: {
				before: { contentText: written, color: new vscode.ThemeColor("editorError.foreground") },
			},
		}));
}
