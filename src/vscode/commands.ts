import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../base/errors.ts";
import type { Reviewer } from "../core/gateTypes.ts";
import type { FolderGate } from "../owner/folderGate.ts";
import { escapeLabel } from "../present/escape.ts";
import { MAX_REASON } from "../present/reasons.ts";
import { agentOf, ageText, nameOf, verbOf } from "../present/words.ts";
import type { Home } from "../store/home.ts";
import { showBypasses } from "./agents/bypasses.ts";
import type { Connecting } from "./connect/connecting.ts";
import type { Batch } from "./decide/batch.ts";
import type { Decisions } from "./decide/decisions.ts";
import { revert } from "./decide/reverting.ts";
import type { Sight } from "./decide/sight.ts";
import { realPathOf } from "./files.ts";
import type { Item, WindowGates } from "./gates/windowGates.ts";
import { placeOf } from "./inline/lens.ts";
import type { Proposals } from "./inline/proposals.ts";
import type { ReasonThreads } from "./inline/threads.ts";
import type { Phones } from "./phone/phones.ts";
import type { Previews } from "./preview/previews.ts";
import type { QueueTree } from "./queue/queueTree.ts";
import { HunkChoice } from "./review/hunkChoice.ts";
import type { Reviews } from "./review/reviews.ts";
import { reviewTogether } from "./review/together.ts";
import { type RuleCommandParts, ruleCommands } from "./rules/ruleCommands.ts";
import type { Proof } from "./terminal/proof.ts";
import { verifyAudit } from "./verifying.ts";

export interface CommandParts {
	readonly gates: WindowGates;
	readonly sight: Sight;
	readonly reviews: Reviews;
	readonly decisions: Decisions;
	readonly batch: Batch;
	readonly queue: QueueTree;
	readonly proposals: Proposals;
	readonly threads: ReasonThreads;
	readonly connecting: Connecting;
	readonly phones: Phones;
	readonly previews: Previews;
	readonly rules: Omit<RuleCommandParts, "itemOf">;
	readonly proof: Proof;
	readonly home: Home;
	readonly output: vscode.LogOutputChannel;
	readonly reviewer: Reviewer;
}

/**
 * What a person can do. A command may be called by anybody, with anything: an argument counts only if it is an object
 * that we made, a request's name never does.
 */
export class Commands implements vscode.Disposable {
	private readonly parts: CommandParts;
	private readonly registered: vscode.Disposable[];

	constructor(parts: CommandParts) {
		this.parts = parts;
		this.registered = Object.entries(this.handlers()).map(([name, run]) =>
			vscode.commands.registerCommand(`countersign.${name}`, async (argument: unknown) => {
				try {
					await run(argument);
				} catch (error) {
					parts.output.error(messageOf(error));
					void vscode.window.showErrorMessage(`Countersign: ${escapeLabel(messageOf(error))}`);
				}
			}),
		);
	}

	private handlers(): Readonly<Record<string, (argument: unknown) => unknown>> {
		const { reviews, proposals, gates, connecting, phones, previews, output, rules } = this.parts;
		const hunks = new HunkChoice(reviews, proposals);
		return {
			approve: (argument) => this.approve(argument),
			approveChecked: () => this.parts.decisions.approveBatch(this.parts.batch),
			deny: (argument) => this.deny(argument),
			denyWithReason: (argument) => this.denyWithReason(argument),
			denyInline: (argument) => this.denyInline(argument),
			review: (argument) => this.review(argument),
			reviewInline: (argument) => this.review(argument),
			reviewRow: (argument) => {
				const item = this.itemOf(argument);
				return item && reviews.open(item.request);
			},
			reviewAll: () => reviewTogether(gates.waiting(), reviews),
			approveHunk: () => hunks.choose("only"),
			denyHunk: () => hunks.choose("drop"),
			revert: (argument) => this.revert(argument),
			next: () => this.step(1),
			previous: () => this.step(-1),
			takeOver: () => this.takeOver(),
			showAudit: () => this.showAudit(),
			verifyAudit: () => this.verifyAudit(),
			openPolicy: () => this.openPolicy(),
			newAgentTerminal: () => this.newAgentTerminal(),
			showBypasses: () => showBypasses(this.parts.gates, this.parts.reviewer),
			// Without arguments: what they change is chosen, seen and confirmed by a person.
			connectAgent: () => connecting.connect(),
			disconnectAgent: () => connecting.disconnect(),
			addPhone: () => phones.add(),
			removePhone: () => phones.remove(),
			connectShown: () => previews.front()?.answer(true),
			disconnectShown: () => previews.front()?.answer(true),
			keepShown: () => previews.front()?.answer(false),
			proveGate: () => this.proveGate(),
			showLog: () => output.show(true),
			...ruleCommands({ ...rules, itemOf: (argument) => this.itemOf(argument) ?? this.parts.sight.front() }),
		};
	}

	private approve(argument: unknown): Promise<void> | undefined {
		const { decisions, sight, queue, reviews } = this.parts;
		const row = queue.itemOf(argument);
		if (row) return decisions.approve(sight.at(row));
		const front = sight.front();
		// What a lens hands to its command can be had by others: it counts only for what is in front anyway.
		const pointed = this.itemOf(argument);
		if (pointed && pointed.request.id !== front?.request.id) return reviews.open(pointed.request);
		if (front) return decisions.approve(front);
		// Nothing that could be meant is on screen: it is shown, and the next press may mean it.
		return this.review(undefined);
	}

	/** Only what is in front, then too when the reason is there; a row, or the box at a line, names what a person points at. */
	private async deny(argument: unknown): Promise<void> {
		const { decisions, sight, gates, queue, reviews, threads } = this.parts;
		const row = queue.itemOf(argument) ?? threads.itemOf(argument);
		if (row) return decisions.deny(row);
		const pointed = placeOf(argument)?.item;
		const front = sight.front();
		if (front && (!pointed || pointed.request.id === front.request.id)) {
			return decisions.deny(front, () => sight.front()?.request.id === front.request.id);
		}
		const other = pointed ?? (await pick(gates.waiting()));
		if (!other) return;
		await reviews.open(other.request);
		vscode.window.setStatusBarMessage("$(shield) Read it first: Deny… once more denies it.", 8000);
	}

	private async denyWithReason(argument: unknown): Promise<void> {
		const item = this.parts.threads.itemOf(argument);
		const { text } = (argument ?? {}) as { text?: unknown };
		if (!item || typeof text !== "string") return;
		if (text.length > MAX_REASON)
			throw new Error(`A reason has at most ${MAX_REASON} characters; nothing was decided.`);
		await this.parts.decisions.denyWith(item, text.trim());
		// The box had the focus; it is gone with it.
		await vscode.commands.executeCommand("workbench.action.focusActiveEditorGroup");
	}

	/** Opens the box at the line. Without its focus: there is no way to ask for that which does not fail under load. */
	private async denyInline(argument: unknown): Promise<void> {
		const place = placeOf(argument);
		if (!place) return;
		const { item, uri, line } = place;
		const document = await vscode.workspace.openTextDocument(uri);
		this.parts.threads.open(item, uri, line, this.parts.proposals.of(document)?.hunks ?? []);
	}

	private async review(argument: unknown): Promise<void> {
		const { reviews, sight } = this.parts;
		const pointed = this.itemOf(argument) ?? (sight.front()?.place === "review" ? undefined : sight.front());
		if (pointed) return reviews.open(pointed.request);
		const next = this.from(reviews.front(), 1);
		if (next && next.request.id !== reviews.front()?.request.id) return reviews.open(next.request);
		vscode.window.setStatusBarMessage(`$(shield) Nothing ${next ? "else " : ""}waits for you.`, 5000);
	}

	/** Only of a row: that names what a person points at. */
	private async revert(argument: unknown): Promise<void> {
		const { queue, reviews, reviewer } = this.parts;
		const item = queue.itemOf(argument);
		if (item) await revert(item, reviews, reviewer);
	}

	/** To the next or previous waiting request, round the end. */
	private async step(by: 1 | -1): Promise<void> {
		const next = this.from(this.parts.reviews.front(), by);
		if (next) await this.parts.reviews.open(next.request);
	}

	/** The oldest, when the one in front does not wait. */
	private from(front: Item | undefined, by: 1 | -1): Item | undefined {
		const waiting = this.parts.gates.waiting();
		const at = waiting.findIndex(({ request }) => request.id === front?.request.id);
		return waiting.at(at < 0 ? 0 : (at + by) % waiting.length);
	}

	private itemOf(argument: unknown): Item | undefined {
		const { queue, threads } = this.parts;
		return placeOf(argument)?.item ?? queue.itemOf(argument) ?? threads.itemOf(argument);
	}

	private async takeOver(): Promise<void> {
		const elsewhere = this.parts.gates.all().filter(({ hold }) => hold.kind === "theirs");
		if (elsewhere.length === 0) {
			vscode.window.setStatusBarMessage("$(shield) This window holds its gates already.", 5000);
		}
		for (const gate of elsewhere) await gate.takeOver();
	}

	private async verifyAudit(): Promise<void> {
		const gate = await pickGate(this.parts.gates.all(), "The audit log of which folder?");
		if (gate && (await verifyAudit(gate, this.parts.home))) await this.showAudit(gate);
	}

	private async showAudit(known?: FolderGate): Promise<void> {
		const gate = known ?? (await pickGate(this.parts.gates.all(), "The audit file of which folder?"));
		if (!gate) return;
		await vscode.window.showTextDocument(vscode.Uri.file(join(gate.workspace, ".countersign", "audit.jsonl")));
	}

	/** It is every folder's, but it is written when the first gate opens. */
	private async openPolicy(): Promise<void> {
		const { gates, home } = this.parts;
		if (gates.all().length === 0 && !existsSync(home.policy)) return tellNoGate();
		await vscode.window.showTextDocument(vscode.Uri.file(home.policy));
	}

	/** By the folder as the window knows it: that is what tells a terminal its gate. */
	private async newAgentTerminal(): Promise<void> {
		const gates = this.parts.gates.all();
		const gate = gates.length > 0 ? await pickGate(gates, "A terminal in which folder?") : undefined;
		if (gates.length > 0 && !gate) return;
		const cwd = gate && vscode.workspace.workspaceFolders?.find(({ uri }) => realPathOf(uri) === gate.workspace)?.uri;
		vscode.window.createTerminal({ name: "Agent", ...(cwd ? { cwd } : {}) }).show();
	}

	private async proveGate(): Promise<void> {
		const gate = await pickGate(this.parts.gates.all(), "The gate of which folder?");
		if (gate) await this.parts.proof.run(gate.workspace);
	}

	dispose(): void {
		for (const command of this.registered) command.dispose();
	}
}

async function pickGate(gates: readonly FolderGate[], placeHolder: string): Promise<FolderGate | undefined> {
	if (gates.length === 0) tellNoGate();
	if (gates.length < 2) return gates[0];
	const choices = gates.map((gate) => ({
		label: escapeLabel(basename(gate.workspace)),
		description: escapeLabel(gate.workspace),
		gate,
	}));
	return (await vscode.window.showQuickPick(choices, { placeHolder }))?.gate;
}

function tellNoGate(): void {
	const text = "Countersign: this window has no gate. Open a folder, and its gate opens with it.";
	void vscode.window.showInformationMessage(text);
}

/** Which one is to be shown, when nothing in front says it. */
async function pick(items: readonly Item[]): Promise<Item | undefined> {
	if (items.length === 0) {
		vscode.window.setStatusBarMessage("$(shield) Nothing waits for you.", 5000);
		return undefined;
	}
	if (items.length === 1) return items[0];
	const choices = items.map((item) => ({
		label: `${verbOf(item.request)} ${nameOf(item.request)}`,
		description: `${agentOf(item.request)} · ${ageText(Date.now() - item.request.requestedAt)}`,
		item,
	}));
	const chosen = await vscode.window.showQuickPick(choices, {
		placeHolder: "Which request? It is shown before it is denied.",
	});
	return chosen?.item;
}
