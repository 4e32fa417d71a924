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
		this.subscriptions = [
			this.item,
			gates.onDidChange(() => this.draw()),
			gates.onDidHear(() => this.draw()),
			{ dispose: () => clearInterval(timer) },
		];
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
		const round = this.gates.bypasses().length;
		if (trouble) this.say("$(error) Countersign: no gate", trouble, "countersign.queue.focus");
		else if (round > 0) {
			const text = `$(error) ${round} ran without asking`;
			this.say(
				text,
				"A tool ran without asking: the gate was not in force for it. Click to see.",
				"countersign.showBypasses",
			);
		} else {
			const command = oldest ? "countersign.review" : "countersign.queue.focus";
			this.say(textOf(waiting.length, age, isElsewhere), tooltipOf(waiting.length, age, isElsewhere), command);
		}
		const colour = trouble || round > 0 ? "errorBackground" : oldest ? "warningBackground" : undefined;
		this.item.backgroundColor = colour ? new vscode.ThemeColor(`statusBarItem.${colour}`) : undefined;
		this.item.show();
	}

	private say(text: string, tooltip: string, command: string): void {
		this.item.text = text;
		this.item.tooltip = tooltip;
		this.item.command = command;
		this.item.accessibilityInformation = { label: `Countersign: ${tooltip}` };
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
