import * as vscode from "vscode";
import { notOurs } from "../../owner/folderGate.ts";
import { ageText } from "../../present/words.ts";
import type { WindowGates } from "../gates/windowGates.ts";

/** Ages need no more. Ms. */
const REFRESH_EVERY = 5000;

/** One item that always tells the truth: how many wait and since when, or that no gate stands. */
export class StatusBar implements vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly item: vscode.StatusBarItem;
	private readonly subscriptions: { dispose(): void }[];

	constructor(gates: WindowGates) {
		this.gates = gates;
		this.item = vscode.window.createStatusBarItem("countersign.status", vscode.StatusBarAlignment.Left, 50);
		this.item.name = "Countersign";
		const timer = setInterval(() => this.draw(), REFRESH_EVERY);
		this.subscriptions = [this.item, gates.onDidChange(() => this.draw()), { dispose: () => clearInterval(timer) }];
		this.draw();
	}

	private draw(): void {
		if (this.gates.all().length === 0) {
			this.item.hide();
			return;
		}
		const trouble = this.trouble();
		const waiting = this.gates.waiting();
		const [oldest] = waiting;
		const age = oldest ? ageText(Date.now() - oldest.request.requestedAt) : "";
		const isElsewhere = this.gates.all().every(({ hold }) => hold.kind === "theirs");
		this.item.text = trouble ? "$(error) Countersign: no gate" : textOf(waiting.length, age, isElsewhere);
		this.item.tooltip = trouble ?? tooltipOf(waiting.length, age, isElsewhere);
		this.item.command = oldest && !trouble ? "countersign.review" : "countersign.queue.focus";
		this.item.accessibilityInformation = { label: `Countersign: ${this.item.tooltip}` };
		const colour = trouble ? "errorBackground" : oldest ? "warningBackground" : undefined;
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

function textOf(count: number, age: string, isElsewhere: boolean): string {
	const where = isElsewhere ? " (elsewhere)" : "";
	return count === 0 ? `$(shield) Countersign${where}` : `$(shield) ${count} waiting · ${age}${where}`;
}

function tooltipOf(count: number, age: string, isElsewhere: boolean): string {
	const where = isElsewhere ? " They are decided where the gate is held." : "";
	if (count === 0) return "The gate stands; nothing waits for you.";
	const requests = count === 1 ? "1 request waits" : `${count} requests wait`;
	return `${requests} for you, the oldest for ${age}.${where}`;
}
