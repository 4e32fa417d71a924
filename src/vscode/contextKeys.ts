import * as vscode from "vscode";
import { isHeld } from "../core/request.ts";
import type { Batch } from "./decide/batch.ts";
import type { Sight } from "./decide/sight.ts";
import type { WindowGates } from "./gates/windowGates.ts";
import type { InlineMarks } from "./inline/marks.ts";
import type { Proposals } from "./inline/proposals.ts";
import type { Previews } from "./preview/previews.ts";
import { reviewedIn } from "./review/uris.ts";
import { standingOf } from "./rules/standing.ts";

/** What menus and keys depend on; only what changed is told. */
export class ContextKeys implements vscode.Disposable {
	private readonly known = new Map<string, unknown>();
	private readonly subscriptions: { dispose(): void }[];

	constructor(
		gates: WindowGates,
		sight: Sight,
		marks: InlineMarks,
		proposals: Proposals,
		previews: Previews,
		batch: Batch,
	) {
		const set = (key: string, value: unknown) => {
			if (this.known.get(key) === value) return;
			this.known.set(key, value);
			void vscode.commands.executeCommand("setContext", `countersign.${key}`, value);
		};
		const follow = () => {
			const holds = gates.all().map(({ hold }) => hold.kind);
			set("bypasses", gates.bypasses().length);
			set("waiting", gates.waiting().length);
			const gate = ["theirs", "nobody", "opening", "ours"].find((kind) => holds.some((hold) => hold === kind));
			set("gate", gate ?? (gates.isOpening ? "opening" : "none"));
			set("reviewActive", isOpen(gates, reviewedIn(vscode.window.tabGroups.activeTabGroup.activeTab)));
			set("atHunk", marks.isAtHunk());
			set("checked", batch.items().length);
			const standing = standingOf(gates, Date.now());
			set("paused", standing.isPaused);
			set("drifted", standing.drifted.length);
			set("proposals", standing.proposals);
			set("preview", previews.front()?.kind);
		};
		this.subscriptions = [
			gates.onDidChange(follow),
			gates.onDidHear(follow),
			gates.onDidChangePolicy(follow),
			sight.onDidChange(follow),
			batch.onDidChange(follow),
			proposals.onDidChange(follow),
			vscode.window.tabGroups.onDidChangeTabs(follow),
			vscode.window.tabGroups.onDidChangeTabGroups(follow),
			vscode.window.onDidChangeTextEditorSelection(follow),
			vscode.window.onDidChangeActiveTextEditor(follow),
		];
		follow();
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

/** What waits, and what was approved before a crash that kept it from being done: a person says whether it goes on. */
function isOpen(gates: WindowGates, id: string | undefined): boolean {
	const request = id === undefined ? undefined : gates.find(id)?.request;
	if (request?.status === "approved") return isHeld(request);
	return request?.status === "waiting";
}
