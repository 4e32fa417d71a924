import * as vscode from "vscode";
import { parsePolicy } from "../../core/policy/parsePolicy.ts";
import type { Home } from "../../store/home.ts";
import { policyOf } from "./places.ts";

/** After the last key. Ms. */
const QUIET = 200;

/** Says in a policy file what the gate would say of it, before it is saved: where, why, and what to write instead. */
export class PolicyProblems implements vscode.Disposable {
	private readonly home: Home;
	private readonly found = vscode.languages.createDiagnosticCollection("countersign");
	private readonly timers = new Map<string, NodeJS.Timeout>();
	private readonly subscriptions: vscode.Disposable[];

	constructor(home: Home) {
		this.home = home;
		this.subscriptions = [
			this.found,
			vscode.workspace.onDidOpenTextDocument((document) => this.look(document)),
			vscode.workspace.onDidChangeTextDocument(({ document }) => this.lookSoon(document)),
			vscode.workspace.onDidCloseTextDocument(({ uri }) => {
				clearTimeout(this.timers.get(uri.toString()));
				this.found.delete(uri);
			}),
		];
		for (const document of vscode.workspace.textDocuments) this.look(document);
	}

	private lookSoon(document: vscode.TextDocument): void {
		if (!policyOf(document.uri, this.home)) return;
		const key = document.uri.toString();
		clearTimeout(this.timers.get(key));
		this.timers.set(
			key,
			setTimeout(() => this.look(document), QUIET),
		);
	}

	private look(document: vscode.TextDocument): void {
		const policy = policyOf(document.uri, this.home);
		if (!policy || document.isClosed) return;
		const result = parsePolicy(document.getText(), policy.folder, policy.origin);
		const errors = "errors" in result ? result.errors : [];
		this.found.set(
			document.uri,
			errors.map(({ line, message, remedy }) => {
				const { range, firstNonWhitespaceCharacterIndex } = document.lineAt(Math.min(line, document.lineCount) - 1);
				const diagnostic = new vscode.Diagnostic(
					range.with(range.start.translate(0, firstNonWhitespaceCharacterIndex)),
					`${message}. ${remedy}`,
				);
				diagnostic.source = "Countersign";
				return diagnostic;
			}),
		);
	}

	dispose(): void {
		for (const timer of this.timers.values()) clearTimeout(timer);
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}
