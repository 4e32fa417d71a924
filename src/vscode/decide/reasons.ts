import * as vscode from "vscode";
import { CANNED_REASONS, MAX_REASON } from "../../present/reasons.ts";

const RECENT = "countersign.recentReasons";
const MAX_RECENT = 8;

interface ReasonItem extends vscode.QuickPickItem {
	readonly reason?: string;
}

/** Why a request is denied: free text, what was said lately, or one of the usual. */
export class Reasons {
	private readonly memory: vscode.Memento;

	constructor(memory: vscode.Memento) {
		this.memory = memory;
	}

	/** "" for no reason; undefined when nothing was chosen, which decides nothing. */
	async ask(title: string): Promise<string | undefined> {
		const picker = vscode.window.createQuickPick<ReasonItem>();
		picker.title = title;
		picker.placeholder = "The reason, as the agent is to read it. Enter denies, Escape decides nothing.";
		picker.ignoreFocusOut = true;
		picker.items = this.items("");
		picker.onDidChangeValue((typed) => {
			picker.items = this.items(reasonIn(typed));
		});
		const chosen = await new Promise<string | undefined>((resolve) => {
			picker.onDidAccept(() => {
				// What was typed is the reason, even if the list has not followed yet.
				const reason = reasonIn(picker.value) || picker.activeItems[0]?.reason;
				if (reason !== undefined) resolve(reason);
			});
			picker.onDidHide(() => resolve(undefined));
			picker.show();
		});
		picker.dispose();
		if (chosen) await this.remember(chosen);
		return chosen;
	}

	async remember(reason: string): Promise<void> {
		if (CANNED_REASONS.some((known) => known === reason)) return;
		const others = this.recent().filter((known) => known !== reason);
		await this.memory.update(RECENT, [reason, ...others].slice(0, MAX_RECENT));
	}

	private recent(): readonly string[] {
		return this.memory.get<string[]>(RECENT, []);
	}

	/** Nothing stands beside what was typed: Enter must not mean a reason that only resembles it. */
	private items(typed: string): ReasonItem[] {
		if (typed) return [{ label: typed, description: "deny with this", reason: typed, alwaysShow: true }];
		return [
			...section("used lately", this.recent()),
			...section("usual", CANNED_REASONS),
			{ label: "", kind: vscode.QuickPickItemKind.Separator },
			{ label: "Deny without a reason", description: "the agent may try the same again", reason: "" },
		];
	}
}

const reasonIn = (typed: string) => typed.trim().slice(0, MAX_REASON);

function section(label: string, reasons: readonly string[]): ReasonItem[] {
	if (reasons.length === 0) return [];
	return [{ label, kind: vscode.QuickPickItemKind.Separator }, ...reasons.map((reason) => ({ label: reason, reason }))];
}
