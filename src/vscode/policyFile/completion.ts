import * as vscode from "vscode";
import { explain, suggest } from "../../core/policy/suggest.ts";
import type { Home } from "../../store/home.ts";
import { policyDocuments } from "./places.ts";

const KINDS = { key: vscode.CompletionItemKind.Property, value: vscode.CompletionItemKind.EnumMember } as const;

/** The words that a policy file may hold, and what they mean, without an extension that knows YAML. */
export class PolicyWords implements vscode.Disposable {
	private readonly subscriptions: vscode.Disposable[];

	constructor(home: Home) {
		const documents = policyDocuments(home);
		this.subscriptions = [
			vscode.languages.registerCompletionItemProvider(documents, { provideCompletionItems: complete }, " ", "[", "{"),
			vscode.languages.registerHoverProvider(documents, { provideHover: hover }),
		];
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

function complete(document: vscode.TextDocument, { line, character }: vscode.Position): vscode.CompletionItem[] {
	return suggest(document.getText(), line, character).map(({ word, kind, description }, at) => {
		const item = new vscode.CompletionItem(word, KINDS[kind]);
		item.documentation = description;
		item.insertText = kind === "key" ? `${word}: ` : word;
		item.sortText = String(at).padStart(3, "0");
		return item;
	});
}

function hover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
	const range = document.getWordRangeAtPosition(position, /\w+/);
	const words = range && explain(document.getText(), position.line, document.getText(range));
	return words === undefined ? undefined : new vscode.Hover(new vscode.MarkdownString().appendText(words), range);
}
