import * as vscode from "vscode";
import { realPathOf } from "../files.ts";
import type { WindowGates } from "../gates/windowGates.ts";

const NAME = "COUNTERSIGN_ENDPOINT";

/** New terminals of a folder find its gate: by the path of a private file, so that no secret stands in an environment. */
export class TerminalEnvironment implements vscode.Disposable {
	private readonly collection: vscode.GlobalEnvironmentVariableCollection;
	private readonly gates: WindowGates;
	private readonly subscription: { dispose(): void };

	constructor(collection: vscode.GlobalEnvironmentVariableCollection, gates: WindowGates) {
		this.collection = collection;
		this.collection.persistent = false;
		this.collection.description = "Agents in this terminal find the gate of its folder.";
		this.gates = gates;
		this.subscription = gates.onDidChange((item) => {
			if (!item) this.follow();
		});
	}

	private follow(): void {
		for (const workspaceFolder of vscode.workspace.workspaceFolders ?? []) {
			const path = realPathOf(workspaceFolder.uri);
			const gate = this.gates.all().find(({ workspace }) => workspace === path);
			const scoped = this.collection.getScoped({ workspaceFolder });
			scoped.persistent = false;
			const wanted = gate?.hold.kind === "ours" ? gate.hold.owned.discoveryPath : undefined;
			if (scoped.get(NAME)?.value === wanted) continue;
			if (wanted === undefined) scoped.delete(NAME);
			else scoped.replace(NAME, wanted);
		}
	}

	dispose(): void {
		this.subscription.dispose();
		this.collection.clear();
	}
}
