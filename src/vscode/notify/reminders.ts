import * as vscode from "vscode";
import type { Reminder } from "../../core/reminders.ts";
import { ageText, reminderText } from "../../present/words.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";
import { settings } from "../settings.ts";

/** Says once more, at each step of the policy's `remind_after`, that something waits. It decides nothing. */
export class ReminderToast implements vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly review: (item: Item) => Promise<void>;
	private readonly subscription: { dispose(): void };

	constructor(gates: WindowGates, review: (item: Item) => Promise<void>) {
		this.gates = gates;
		this.review = review;
		this.subscription = gates.onDidRemind((reminder) => this.show(reminder));
	}

	private show(reminder: Reminder): void {
		if (settings.notifyWhen() === "never") return;
		const count = reminder.requests.length;
		const text = settings.notifyContent()
			? reminderText(reminder)
			: `${count} ${count === 1 ? "request waits" : "requests wait"} for you, the oldest for ${ageText(reminder.oldest)}.`;
		void vscode.window.showWarningMessage(text, "Review").then(async (chosen) => {
			if (!chosen) return;
			const waiting = this.gates.waiting();
			const next = waiting.find(({ request }) => reminder.requests.includes(request)) ?? waiting[0];
			if (next) await this.review(next);
			else vscode.window.setStatusBarMessage("$(shield) It was decided meanwhile.", 5000);
		});
	}

	dispose(): void {
		this.subscription.dispose();
	}
}
