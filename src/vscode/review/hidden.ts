import * as vscode from "vscode";
import { hiddenIn } from "../../present/escape.ts";
import { PROPOSED } from "./uris.ts";

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
			vscode.window.onDidChangeTextEditorVisibleRanges(() => this.draw()),
			vscode.workspace.onDidChangeTextDocument(({ document }) => {
				if (document.uri.scheme === PROPOSED) this.draw();
			}),
		];
		this.draw();
	}

	private draw(): void {
		for (const editor of vscode.window.visibleTextEditors) {
			if (editor.document.uri.scheme === PROPOSED) editor.setDecorations(this.type, marksIn(editor));
		}
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

/** Of what is on screen: the rest is marked when it comes there. */
function marksIn({ document, visibleRanges }: vscode.TextEditor): vscode.DecorationOptions[] {
	return visibleRanges.flatMap((visible) => {
		const lines = document.validateRange(new vscode.Range(visible.start.line, 0, visible.end.line + 1, 0));
		const from = document.offsetAt(lines.start);
		return hiddenIn(document.getText(lines)).map(({ at, length, written }) => ({
			range: new vscode.Range(document.positionAt(from + at), document.positionAt(from + at + length)),
			renderOptions: {
				before: { contentText: written, color: new vscode.ThemeColor("editorError.foreground") },
			},
		}));
	});
}
