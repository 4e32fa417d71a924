import { basename } from "node:path";
import * as vscode from "vscode";
import { notOurs } from "../../owner/folderGate.ts";
import { escapeLabel } from "../../present/escape.ts";
import type { Home } from "../../store/home.ts";
import { managedPolicyPath } from "../../store/policyFiles.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import { itemOf, RuleNode, rowsOf } from "./rows.ts";

/** Many changes at once are one redraw. Ms. */
const COALESCE = 100;
/** How often it was used, and when it ends, need no more. Ms. */
const REFRESH_EVERY = 15_000;

/** The policy as a table: what may pass without asking, what must ask, and what never happens. */
export class RulesTree implements vscode.TreeDataProvider<RuleNode>, vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly files: { readonly user: string; readonly managed: string };
	private readonly changes = new vscode.EventEmitter<undefined>();
	private readonly subscriptions: { dispose(): void }[];
	private readonly view: vscode.TreeView<RuleNode>;
	private timer: NodeJS.Timeout | undefined;
	readonly onDidChangeTreeData = this.changes.event;

	constructor(gates: WindowGates, home: Home) {
		this.gates = gates;
		this.files = { user: home.policy, managed: managedPolicyPath() };
		this.view = vscode.window.createTreeView("countersign.rules", { treeDataProvider: this });
		const refresh = setInterval(() => {
			if (this.view.visible) this.soon();
		}, REFRESH_EVERY);
		this.subscriptions = [
			this.view,
			gates.onDidChange(() => this.soon()),
			gates.onDidChangePolicy(() => this.soon()),
			{ dispose: () => clearInterval(refresh) },
			{ dispose: () => clearTimeout(this.timer) },
		];
	}

	private soon(): void {
		this.timer ??= setTimeout(() => {
			this.timer = undefined;
			this.changes.fire(undefined);
		}, COALESCE);
	}

	getTreeItem(node: RuleNode): vscode.TreeItem {
		const item = itemOf(node);
		const { command, place } = node.face;
		if (command) item.command = { command, title: node.label };
		else if (place) item.command = { command: "countersign.openRule", title: "Open", arguments: [node] };
		return item;
	}

	getChildren(node?: RuleNode): RuleNode[] {
		return [...(node?.children ?? this.roots())];
	}

	/** One folder needs no row of its own. */
	private roots(): readonly RuleNode[] {
		const all = this.gates.all();
		this.view.message = this.gates.elsewhere().map(notOurs)[0] ?? "";
		const tables = all.map((gate) => ({ gate, rows: rowsOf(gate, this.files, Date.now()) ?? [] }));
		if (tables.length < 2) return tables.flatMap(({ rows }) => rows);
		return tables
			.filter(({ rows }) => rows.length > 0)
			.map(
				({ gate, rows }) =>
					new RuleNode(gate.workspace, escapeLabel(basename(gate.workspace)), { icon: "root-folder" }, rows),
			);
	}

	/** The row of a command, if that is really one of ours. */
	nodeOf(argument: unknown): RuleNode | undefined {
		return argument instanceof RuleNode ? argument : undefined;
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}
