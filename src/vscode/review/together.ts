import * as vscode from "vscode";
import type { Item } from "../gates/windowGates.ts";
import type { Reviews } from "./reviews.ts";

type Row = [resource: vscode.Uri, before: vscode.Uri | undefined, after: vscode.Uri | undefined];

/**
 * Every change of a file that waits, in one tab, to see what belongs together. It is no review: which of them is read there
 * cannot be told, so each is decided in its own.
 */
export async function reviewTogether(items: readonly Item[], reviews: Reviews): Promise<void> {
	const rows: Row[] = [];
	for (const { request } of items) {
		const { view } = await reviews.contents.load(request);
		const [target] = request.plan.targets;
		if (view.kind !== "diff" || !target) continue;
		await reviews.contents.prepare(view);
		const isDelete = target.change === "delete";
		rows.push([
			vscode.Uri.file(target.facts.canonical),
			target.base || isDelete ? view.left : undefined,
			isDelete ? undefined : view.right,
		]);
	}
	if (rows.length > 0) {
		const title = rows.length === 1 ? "1 change waits" : `${rows.length} changes wait`;
		await vscode.commands.executeCommand("vscode.changes", title, rows);
	} else vscode.window.setStatusBarMessage("$(shield) No change of a file waits.", 5000);
}
