import * as vscode from "vscode";
import type { Item, WindowGates } from "../gates/windowGates.ts";

/** Says that something waits; *Review* opens the first of `items` that still does, or else the next one. */
export async function offerReview(
	text: string,
	items: readonly Item[],
	gates: WindowGates,
	review: (item: Item) => Promise<void>,
): Promise<void> {
	if (!(await vscode.window.showWarningMessage(text, "Review"))) return;
	const next = items.find(({ request }) => request.status === "waiting") ?? gates.waiting()[0];
	if (next) await review(next);
	else vscode.window.setStatusBarMessage("$(shield) It was decided meanwhile.", 5000);
}
