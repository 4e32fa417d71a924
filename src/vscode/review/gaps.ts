import * as vscode from "vscode";
import { gapsIn } from "../../present/unseen.ts";
import { PROPOSED } from "./uris.ts";

const { Full } = vscode.OverviewRulerLane;
const colour = (name: string) => new vscode.ThemeColor(name);

/**
 * Marks, in what is proposed, where a text goes on after more blank lines than a screen shows: in words at both ends of
 * the gap, and at the side, where a click leads to it.
 */
export class GapMarks implements vscode.Disposable {
	private readonly gap = vscode.window.createTextEditorDecorationType({ isWholeLine: true });
	private readonly after = vscode.window.createTextEditorDecorationType({
		isWholeLine: true,
		backgroundColor: colour("editor.findMatchHighlightBackground"),
		overviewRulerColor: colour("editorOverviewRuler.warningForeground"),
		overviewRulerLane: Full,
	});
	private readonly subscriptions: vscode.Disposable[];

	constructor() {
		const draw = () => this.draw();
		this.subscriptions = [
			this.gap,
			this.after,
			vscode.window.onDidChangeVisibleTextEditors(draw),
			vscode.workspace.onDidChangeTextDocument(({ document }) => {
				if (document.uri.scheme === PROPOSED) this.draw();
			}),
		];
		this.draw();
	}

	private draw(): void {
		for (const editor of vscode.window.visibleTextEditors) {
			const { document } = editor;
			if (document.uri.scheme !== PROPOSED) continue;
			const gaps = gapsIn(document.getText().split(/\r\n|\r|\n/));
			const count = ({ from, to }: (typeof gaps)[number]) => (to - from).toLocaleString("en");
			editor.setDecorations(
				this.gap,
				gaps.map((gap) => marked(gap.from, `‹${count(gap)} blank lines, then line ${gap.to + 1}›`)),
			);
			editor.setDecorations(
				this.after,
				gaps.map((gap) => marked(gap.to, `‹after ${count(gap)} blank lines›`)),
			);
		}
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

function marked(line: number, contentText: string): vscode.DecorationOptions {
	const after = { contentText, margin: "0 0 0 3ch", color: colour("editorWarning.foreground") };
	return { range: new vscode.Range(line, 0, line, 0), renderOptions: { after } };
}
