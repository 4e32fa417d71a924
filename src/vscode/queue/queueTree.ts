import { basename } from "node:path";
import * as vscode from "vscode";
import { namespaceOf } from "../../core/request.ts";
import { notOurs } from "../../owner/folderGate.ts";
import { agentsOf } from "../agents/agents.ts";
import type { AgentTerminals } from "../agents/terminals.ts";
import type { Batch } from "../decide/batch.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";
import {
	type AgentNode,
	boxOf,
	type Node,
	RequestNode,
	rowOf,
	type SectionNode,
	type SessionNode,
	tooltipOf,
} from "./rows.ts";

/** The view draws a few hundred rows without a pause; the audit file holds all. */
const MAX_DECIDED = 200;
/** Many requests at once are one redraw. Ms. */
const COALESCE = 100;
/** Ages need no more. Ms. */
const AGE_EVERY = 15_000;

/** Everything that waits, by agent and session, what was decided, and which agents are at work, gated or not. */
export class QueueTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly terminals: AgentTerminals;
	private readonly batch: Batch;
	private readonly changes = new vscode.EventEmitter<Node | undefined>();
	private readonly subscriptions: { dispose(): void }[];
	private readonly waitingSection: SectionNode = { kind: "waiting" };
	private readonly decidedSection: SectionNode = { kind: "decided" };
	private timer: NodeJS.Timeout | undefined;
	readonly view: vscode.TreeView<Node>;
	readonly onDidChangeTreeData = this.changes.event;

	constructor(gates: WindowGates, terminals: AgentTerminals, batch: Batch) {
		this.gates = gates;
		this.batch = batch;
		this.terminals = terminals;
		this.view = vscode.window.createTreeView("countersign.queue", { treeDataProvider: this, showCollapseAll: false });
		const ages = setInterval(() => {
			if (!this.view.visible) return;
			this.tell();
			if (gates.waiting().length > 0 || this.agents().length > 0) this.changes.fire(undefined);
		}, AGE_EVERY);
		this.subscriptions = [
			this.view,
			gates.onDidChange(() => this.soon()),
			gates.onDidHear(() => this.soon()),
			terminals.onDidChange(() => this.soon()),
			batch.onDidChange(() => this.soon()),
			this.view.onDidChangeCheckboxState(({ items }) => {
				for (const [node, state] of items) {
					if (node.kind === "request") batch.tick(node.item, state === vscode.TreeItemCheckboxState.Checked);
				}
			}),
			{ dispose: () => clearInterval(ages) },
			{ dispose: () => clearTimeout(this.timer) },
		];
		this.tell();
	}

	private soon(): void {
		this.tell();
		this.timer ??= setTimeout(() => {
			this.timer = undefined;
			this.changes.fire(undefined);
		}, COALESCE);
	}

	/** Badge and message need no redraw of the rows. */
	private tell(): void {
		const count = this.gates.waiting().length;
		this.view.badge = count > 0 ? { value: count, tooltip: `${count} waiting for you` } : undefined;
		const elsewhere = this.gates.elsewhere();
		const asked = elsewhere.some((hold) => hold.kind === "theirs" && hold.asked);
		const message = [...elsewhere.map(notOurs), ...(asked ? ["It was asked to hand over."] : [])].join(" ");
		// An empty view says more than that, in its own words.
		const isIdle = count === 0 && this.sections().length > 0;
		this.view.message = message || (isIdle ? "Nothing waits for you." : "");
	}

	getTreeItem(node: Node): vscode.TreeItem {
		const row = rowOf(node, Date.now());
		if (node.kind !== "request") return row;
		if (row.command) row.command.arguments = [node];
		const box = node.parent.kind === "session" ? boxOf(this.batch.stateOf(node.item)) : undefined;
		if (box) row.checkboxState = box;
		return row;
	}

	resolveTreeItem(row: vscode.TreeItem, node: Node): vscode.TreeItem {
		if (node.kind === "request") row.tooltip = tooltipOf(node.item);
		return row;
	}

	getParent(node: Node): Node | undefined {
		if (node.kind === "request") return node.parent;
		return node.kind === "session" ? this.waitingSection : undefined;
	}

	getChildren(node?: Node): Node[] {
		if (!node) return this.sections();
		if (node.kind === "waiting") return this.sessions();
		if (node.kind === "session") return node.items.map((item) => new RequestNode(item, node));
		if (node.kind === "agents") return this.agents();
		if (node.kind === "request" || node.kind === "agent") return [];
		return this.gates
			.decided()
			.slice(0, MAX_DECIDED)
			.map((item) => new RequestNode(item, this.decidedSection));
	}

	private sections(): Node[] {
		const waiting = this.gates.waiting().length > 0;
		const decided = this.gates.decided().length > 0;
		const agents = this.agents();
		const ungated = agents.some(({ state }) => !state.isGated);
		return [
			...(waiting ? [this.waitingSection] : []),
			...(decided ? [this.decidedSection] : []),
			...(agents.length > 0 ? [{ kind: "agents" as const, ungated }] : []),
		];
	}

	private agents(): AgentNode[] {
		return agentsOf(this.gates, this.terminals, Date.now()).map((state) => ({ kind: "agent", state }));
	}

	private sessions(): SessionNode[] {
		const several = this.gates.all().length > 1;
		const groups = new Map<string, Item[]>();
		for (const item of this.gates.waiting()) {
			const key = `${item.gate.workspace} ${namespaceOf(item.request.identity)}`;
			groups.set(key, [...(groups.get(key) ?? []), item]);
		}
		return [...groups].map(([key, items]) => ({
			kind: "session",
			key,
			items,
			folder: several && items[0] ? basename(items[0].gate.workspace) : undefined,
		}));
	}

	/** The request of a row, if that is really a row of ours. */
	itemOf(argument: unknown): Item | undefined {
		return argument instanceof RequestNode ? argument.item : undefined;
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}
