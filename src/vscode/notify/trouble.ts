import * as vscode from "vscode";
import { escapeLabel } from "../../present/escape.ts";
import { agentOf, nameOf, verbOf } from "../../present/words.ts";
import type { Outcome } from "../../protocol/messages.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";

/** The same sentence again within this time is only logged. Ms. */
const QUIET = 60_000;

const BAD: Partial<Record<Outcome, string>> = {
	failed: "was approved and could not be done",
	differs: "was approved, and something else was done",
	unknown: "was approved, and nobody can tell whether it was done",
};

/** What a person must know although nothing waits for them: an approval that came to nothing, a gate in trouble. */
export class Trouble implements vscode.Disposable {
	private readonly subscriptions: { dispose(): void }[];
	private readonly saidAt = new Map<string, number>();
	private readonly told = new Set<string>();
	private readonly output: vscode.LogOutputChannel;
	private readonly open: (item: Item) => Promise<void>;

	constructor(gates: WindowGates, output: vscode.LogOutputChannel, open: (item: Item) => Promise<void>) {
		this.output = output;
		this.open = open;
		this.subscriptions = [
			gates.onDidWarn((message) => this.say(message)),
			gates.onDidChange((item) => {
				if (item?.gate.hold.kind === "ours") this.look(item);
			}),
		];
	}

	/** A sentence for the people at the gate; once in a while, however often it comes. */
	say(message: string): void {
		this.output.warn(message);
		const now = performance.now();
		if (now - (this.saidAt.get(message) ?? Number.NEGATIVE_INFINITY) < QUIET) return;
		this.saidAt.set(message, now);
		void vscode.window.showWarningMessage(`Countersign: ${escapeLabel(message)}`);
	}

	private look(item: Item): void {
		const { id, outcome, detail } = item.request;
		const words = outcome ? BAD[outcome] : undefined;
		if (!words || this.told.has(id)) return;
		this.told.add(id);
		const text = `${verbOf(item.request)} ${nameOf(item.request)}, asked by ${agentOf(item.request)}, ${words}. ${escapeLabel(detail ?? "")}`;
		this.output.warn(text);
		void vscode.window.showWarningMessage(text.trim(), "Show").then((chosen) => (chosen ? this.open(item) : undefined));
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}
