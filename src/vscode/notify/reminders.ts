import type * as vscode from "vscode";
import type { Reminder } from "../../core/reminders.ts";
import { ageText, reminderText } from "../../present/words.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";
import { settings } from "../settings.ts";
import { offerReview } from "./offerReview.ts";

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
		const waiting = this.gates.waiting().filter(({ request }) => reminder.requests.includes(request));
		void offerReview(text, waiting, this.gates, this.review);
	}

	dispose(): void {
		this.subscription.dispose();
	}
}
