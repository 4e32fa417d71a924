import * as vscode from "vscode";
import { escapeLabel } from "../../present/escape.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import type { Adopting } from "./adopting.ts";
import { proposalsOf, type Waiting } from "./standing.ts";

/** What is being written takes a moment until it all fits together. Ms. */
const SETTLED = 700;

/** A message is no list: the table is. Characters. */
const MAX_TEXT = 400;

/** Path, line, and what is wrong there. */
const AT_LINE = /^(\/.*?):(\d+): (.*)$/s;

const REVIEW = "Review the Policy…";
const OPEN = "Open the File";

/** Tells once of each change of a policy that waits, and of what is wrong with one. It opens nothing by itself. */
export class PolicyNews implements vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly adopting: Adopting;
	private readonly told = new Set<string>();
	private readonly subscriptions: { dispose(): void }[];
	private timer: NodeJS.Timeout | undefined;

	constructor(gates: WindowGates, adopting: Adopting) {
		this.gates = gates;
		this.adopting = adopting;
		this.subscriptions = [gates.onDidChangePolicy(() => this.soon()), gates.onDidChange(() => this.soon())];
	}

	private soon(): void {
		this.timer ??= setTimeout(() => {
			this.timer = undefined;
			for (const waiting of proposalsOf(this.gates)) this.tellProposal(waiting);
			this.tellProblems([...new Set(this.gates.all().flatMap((gate) => gate.policy()?.problems ?? []))]);
		}, SETTLED);
	}

	private isNew(key: string): boolean {
		if (this.told.has(key)) return false;
		this.told.add(key);
		return true;
	}

	private tellProposal({ proposal: { origin, path, sha256 } }: Waiting): void {
		if (!this.isNew(`${path} ${sha256}`)) return;
		const text =
			origin === "user"
				? "Your policy was changed so that it lets more through. Until you have adopted it, no rule allows anything."
				: "This folder's repository brings a policy of its own. It is not in force until you adopt it.";
		void vscode.window.showWarningMessage(text, REVIEW).then((chosen) => {
			if (chosen === REVIEW) return this.adopting.review();
			return undefined;
		});
	}

	/** One message for all of them; the table has each with its line. */
	private tellProblems(problems: readonly string[]): void {
		const [first = "", ...others] = problems.filter((problem) => !this.told.has(problem));
		if (first === "") return;
		for (const problem of problems) this.told.add(problem);
		const [, path, line] = AT_LINE.exec(first) ?? [];
		const more = others.map((problem) => AT_LINE.exec(problem)?.[3] ?? problem);
		const text = `Countersign: ${[first, ...more].join(" ")}`;
		const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
		const buttons = path === undefined ? [] : [OPEN];
		void vscode.window.showWarningMessage(escapeLabel(shown), ...buttons).then((chosen) => {
			if (chosen === OPEN && path !== undefined) return openAt(path, Number(line));
			return undefined;
		});
	}

	dispose(): void {
		clearTimeout(this.timer);
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

/** @param line from 1 */
export async function openAt(path: string, line: number): Promise<void> {
	const at = new vscode.Position(Math.max(0, line - 1), 0);
	await vscode.window.showTextDocument(vscode.Uri.file(path), { selection: new vscode.Range(at, at) });
}
