import * as vscode from "vscode";
import { namespaceOf } from "../../core/request.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";
import { keyOf, type Sight } from "./sight.ts";

/** More than a person reads in one dialog. */
export const MAX_BATCH = 20;

/**
 * What a person ticked in the queue, to approve it together: only what is normal and was seen as it is now, of one
 * agent's one turn. A request that changes is not ticked any more.
 */
export class Batch implements vscode.Disposable {
	private readonly gates: WindowGates;
	private readonly sight: Sight;
	private readonly ticked = new Set<string>();
	private readonly changes = new vscode.EventEmitter<void>();
	private readonly subscription: vscode.Disposable;
	readonly onDidChange = this.changes.event;

	constructor(gates: WindowGates, sight: Sight) {
		this.gates = gates;
		this.sight = sight;
		this.subscription = sight.onDidSee(() => this.changes.fire());
	}

	/** Whether its row has a box, and a tick in it. */
	stateOf(item: Item): "ticked" | "open" | undefined {
		if (!this.mayBeTicked(item)) return undefined;
		return this.ticked.has(keyOf(item.request)) ? "ticked" : "open";
	}

	/** Ticking one of another turn leaves the first: a batch is never of two. */
	tick(item: Item, isOn: boolean): void {
		if (!isOn || !this.mayBeTicked(item)) this.ticked.delete(keyOf(item.request));
		else {
			const others = this.items();
			if (others[0] && turnOf(others[0]) !== turnOf(item)) this.ticked.clear();
			this.ticked.add(keyOf(item.request));
		}
		this.changes.fire();
	}

	/** What is ticked now, oldest first. */
	items(): readonly Item[] {
		return this.gates.waiting().filter((item) => this.stateOf(item) === "ticked");
	}

	private mayBeTicked(item: Item): boolean {
		const { gate, request } = item;
		if (gate.hold.kind !== "ours" || request.status !== "waiting" || request.plan.tier !== "normal") return false;
		return this.sight.wasSeen(item);
	}

	dispose(): void {
		this.subscription.dispose();
		this.changes.dispose();
	}
}

/** What an agent asks between two prompts of its person; where it does not tell of prompts, while anything of it waits. */
function turnOf({ gate, request }: Item): string {
	const namespace = namespaceOf(request.identity);
	const session = gate.sessions().find(({ identity }) => namespaceOf(identity) === namespace);
	const prompted = session?.promptedAt ?? 0;
	return `${gate.workspace} ${namespace} ${request.requestedAt >= prompted ? "now" : "before"}`;
}
