import * as vscode from "vscode";
import { Emitter } from "../../base/emitter.ts";
import { messageOf } from "../../base/errors.ts";
import type { Reminder } from "../../core/reminders.ts";
import type { Request } from "../../core/request.ts";
import type { Bypass } from "../../core/sessions.ts";
import { FolderGate, type FolderGateOptions, type Settled } from "../../owner/folderGate.ts";
import type { Wish } from "../../store/takeOver.ts";
import { realPathOf } from "../files.ts";

/** A request and the gate that it waits at. */
export interface Item {
	readonly gate: FolderGate;
	readonly request: Request;
}

/** What a gate of this window needs, but for the folder. */
export type GateOptions = Omit<FolderGateOptions, "workspace" | "mayHandOver"> & {
	/** Whether a person lets another process have the folder's gate. */
	readonly mayHandOver: (folder: string, wish: Wish) => Promise<boolean>;
};

/** The gates of a window: one for each of its folders that is on a real disk. */
export class WindowGates implements vscode.Disposable {
	private readonly gates = new Map<string, FolderGate>();
	private readonly options: GateOptions;
	private readonly changes = new Emitter<Item | undefined>();
	private readonly departures = new Emitter<readonly string[]>();
	private readonly warnings = new Emitter<string>();
	private readonly hearings = new Emitter<void>();
	private readonly reminders = new Emitter<Reminder>();
	private readonly policyChanges = new Emitter<void>();
	private readonly subscription: vscode.Disposable;
	private isBegun = false;
	/** One request, or (undefined) who holds what. */
	readonly onDidChange = this.changes.event;
	readonly onDidWarn = this.warnings.event;
	/** Of an agent's session, or of what went round a gate. */
	readonly onDidHear = this.hearings.event;
	/** Something has waited for long. */
	readonly onDidRemind = this.reminders.event;
	/** Of what a gate's policy says. */
	readonly onDidChangePolicy = this.policyChanges.event;
	/** Ids of what waits in a folder that left the window: it waits on, in the folder's journal. */
	readonly onDidLeave = this.departures.event;

	constructor(options: GateOptions) {
		this.options = options;
		this.subscription = vscode.workspace.onDidChangeWorkspaceFolders(() => void this.follow());
	}

	/** Opens the gates of new folders and closes those of folders that left the window. */
	async follow(): Promise<void> {
		const wanted = new Map(
			(vscode.workspace.workspaceFolders ?? []).flatMap((folder) => {
				const path = realPathOf(folder.uri);
				return path === undefined ? [] : [[path, folder] as const];
			}),
		);
		const gone = [...this.gates].filter(([path]) => !wanted.has(path));
		const fresh = [...wanted.keys()].filter((path) => !this.gates.has(path));
		const left = gone.flatMap(([, gate]) => gate.pending().map(({ id }) => id));
		for (const [path] of gone) this.gates.delete(path);
		const moves = [...gone.map(([, gate]) => gate.close()), ...fresh.map((path) => this.open(path))];
		for (const move of await Promise.allSettled(moves)) {
			if (move.status === "rejected") this.warnings.fire(messageOf(move.reason));
		}
		this.isBegun = true;
		if (left.length > 0) this.departures.fire(left);
		this.changes.fire(undefined);
	}

	private async open(workspace: string): Promise<void> {
		const gate = new FolderGate({
			...this.options,
			workspace,
			mayHandOver: (wish) => this.options.mayHandOver(workspace, wish),
		});
		this.gates.set(workspace, gate);
		gate.onDidChange((request) => this.changes.fire({ gate, request }));
		gate.onDidWarn((message) => this.warnings.fire(message));
		gate.onDidHear(() => this.hearings.fire());
		gate.onDidRemind((reminder) => this.reminders.fire(reminder));
		gate.onDidChangePolicy(() => this.policyChanges.fire());
		gate.onDidChangeHold(() => this.changes.fire(undefined));
		await gate.start();
	}

	/** The first look at the window's folders is not over: that no gate is here says nothing yet. */
	get isOpening(): boolean {
		return !this.isBegun;
	}

	all(): readonly FolderGate[] {
		return [...this.gates.values()];
	}

	/** Who holds those that this window does not hold. One that is being opened has nothing to tell yet. */
	elsewhere(): Exclude<Settled, { kind: "ours" }>[] {
		return this.all().flatMap(({ hold }) => (hold.kind === "ours" || hold.kind === "opening" ? [] : [hold]));
	}

	/** Oldest first. */
	waiting(): readonly Item[] {
		return this.collect((gate) => gate.pending()).sort((a, b) => a.request.requestedAt - b.request.requestedAt);
	}

	/** Latest first. */
	decided(): readonly Item[] {
		return this.collect((gate) => gate.history()).sort(
			(a, b) => (b.request.decidedAt ?? 0) - (a.request.decidedAt ?? 0),
		);
	}

	/** What went round the gates and no person has acknowledged. */
	bypasses(): readonly Bypass[] {
		return this.all().flatMap((gate) => gate.bypasses());
	}

	private collect(requests: (gate: FolderGate) => readonly Request[]): Item[] {
		return this.all().flatMap((gate) => requests(gate).map((request) => ({ gate, request })));
	}

	find(id: string): Item | undefined {
		for (const gate of this.all()) {
			const request = gate.find(id);
			if (request) return { gate, request };
		}
		return undefined;
	}

	async close(): Promise<void> {
		await Promise.all(this.all().map((gate) => gate.close()));
	}

	dispose(): void {
		this.subscription.dispose();
	}
}
