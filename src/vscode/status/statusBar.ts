import * as vscode from "vscode";
import { notOurs } from "../../owner/folderGate.ts";
import { type Face, faceOf } from "../../present/statusText.ts";
import { ageText } from "../../present/words.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import { standingOf } from "../rules/standing.ts";

/** Ages need no more. Ms. */
const REFRESH_EVERY = 5000;

/** One item that always tells the truth: how many wait and since when, what passes unasked, or that no gate stands. */
export class StatusBar implements vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly item: vscode.StatusBarItem;
	private readonly subscriptions: { dispose(): void }[];

	constructor(gates: WindowGates) {
		this.gates = gates;
		this.item = vscode.window.createStatusBarItem("countersign.status", vscode.StatusBarAlignment.Left, 50);
		this.item.name = "Countersign";
		const timer = setInterval(() => this.draw(), REFRESH_EVERY);
		this.subscriptions = [
			this.item,
			gates.onDidChange(() => this.draw()),
			gates.onDidHear(() => this.draw()),
			gates.onDidChangePolicy(() => this.draw()),
			{ dispose: () => clearInterval(timer) },
		];
		this.draw();
	}

	private draw(): void {
		if (this.gates.all().every(({ hold }) => hold.kind === "opening")) {
			this.item.hide();
			return;
		}
		const now = Date.now();
		const waiting = this.gates.waiting();
		const [oldest] = waiting;
		const situation = {
			trouble: this.trouble(),
			bypasses: this.gates.bypasses().length,
			waiting: waiting.length,
			age: oldest ? ageText(now - oldest.request.requestedAt) : "",
			isElsewhere: this.gates.all().every(({ hold }) => hold.kind === "theirs"),
			standing: standingOf(this.gates, now),
		};
		this.show(faceOf(situation, now));
	}

	private show({ text, tooltip, command, colour }: Face): void {
		this.item.text = text;
		this.item.tooltip = tooltip;
		this.item.command = command;
		this.item.accessibilityInformation = { label: `Countersign: ${tooltip}` };
		this.item.backgroundColor = colour ? new vscode.ThemeColor(`statusBarItem.${colour}`) : undefined;
		this.item.show();
	}

	/** Why agents are refused, or nothing can be approved. */
	private trouble(): string | undefined {
		for (const { hold } of this.gates.all()) {
			if (hold.kind === "nobody") return notOurs(hold);
			const trouble = hold.kind === "ours" ? hold.owned.trouble() : undefined;
			if (trouble) return trouble;
		}
		return undefined;
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}
