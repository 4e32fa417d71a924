import * as vscode from "vscode";
import { messageOf } from "../../base/errors.ts";
import type { Choice, Reviewer } from "../../core/gateTypes.ts";
import type { BlobPort } from "../../core/ports.ts";
import { notOurs } from "../../owner/folderGate.ts";
import { escapeLabel } from "../../present/escape.ts";
import { agentOf, nameOf, verbOf } from "../../present/words.ts";
import { replaceText } from "../files.ts";
import type { Item } from "../gates/windowGates.ts";
import type { Draft } from "../review/contents.ts";
import type { Reviews } from "../review/reviews.ts";
import { type Batch, MAX_BATCH } from "./batch.ts";
import { dirtyDocument, isUnsaved, mergedInto } from "./buffer.ts";
import { confirm } from "./confirm.ts";
import { batchText, confirmBatch } from "./confirmBatch.ts";
import type { Reasons } from "./reasons.ts";
import { secondLook } from "./secondLook.ts";
import type { Sight, Sighting } from "./sight.ts";

/** What a person reads for a moment in the status bar. Ms. */
const SHORTLY = 5000;

interface Parts {
	readonly sight: Sight;
	readonly reviews: Reviews;
	readonly reasons: Reasons;
	readonly blobs: BlobPort;
	readonly reviewer: Reviewer;
}

/** A person's yes and no, from whichever surface; everything that must hold before the gate is told. */
export class Decisions {
	private readonly parts: Parts;
	/** Requests that a question is open for: a second press must not ask twice. */
	private readonly asking = new Set<string>();

	constructor(parts: Parts) {
		this.parts = parts;
	}

	/** Approves what is in front. What was not on screen, whole and for a moment, is opened for reading instead. */
	async approve(sighting: Sighting): Promise<void> {
		const { sight, reviews } = this.parts;
		if (!this.isOurs(sighting)) return;
		if (sighting.place !== "review") {
			const draft = await reviews.contents.draft(sighting.request);
			const isAsProposed = !("problem" in draft) && !draft.content;
			if (!isAsProposed || (sighting.place === "row" && !sight.wasSeen(sighting)))
				return reviews.open(sighting.request);
		}
		if (!sight.isSettled(sighting)) return this.tooSoon();
		await this.once(sighting, () => this.approveNow(sighting));
	}

	private async approveNow(item: Item): Promise<void> {
		const { request } = item;
		const { revision, plan } = request;
		const { contents } = this.parts.reviews;
		const draft = await contents.draft(request);
		if ("problem" in draft) return this.refused(item, draft.problem);
		const path = plan.targets[0]?.facts.canonical;
		if (path !== undefined && isUnsaved(path)) return this.overUnsaved(item, path, draft);
		const reasons = secondLook(request, (await contents.load(request)).view);
		if (reasons.length > 0) {
			const answer = await confirm(request, reasons, draft.content);
			if (answer === "look") return this.parts.reviews.open(request);
			if (answer === "nothing") return;
			// The dialog may have stood for hours.
			if (!sameDraft(draft, await contents.draft(request))) return this.tooSoon();
		}
		const choice: Choice = { kind: "approve", revision, ...(draft.content ? { content: draft.content } : {}) };
		await this.decide(item, choice);
	}

	/** Approves what was ticked, each as it was seen; one that needs a look of its own keeps waiting, and is said so. */
	async approveBatch(batch: Batch): Promise<void> {
		const items = batch.items();
		const listed = items.map((item) => ({ item, revision: item.request.revision, binding: item.request.binding }));
		if (!(await this.agreesToAll(items))) return;
		let count = 0;
		for (const { item, revision, binding } of listed) {
			// The dialog may have stood for hours.
			const isAsListed = item.request.binding === binding && batch.stateOf(item) === "ticked";
			if (!isAsListed || (await this.needOwnLook([item]))) continue;
			if (await this.decide(item, { kind: "approve", revision })) count++;
		}
		if (count === items.length) return;
		const rest = `${count} of ${items.length} were approved; the others changed or were decided meanwhile.`;
		void vscode.window.showWarningMessage(rest);
	}

	private async agreesToAll(items: readonly Item[]): Promise<boolean> {
		const [first] = items;
		if (!first) return false;
		const alone = await this.needOwnLook(items);
		const text = items.length <= MAX_BATCH ? batchText(items) : undefined;
		if (text === undefined || alone) {
			const why = alone ? `${verbOf(alone.request)} ${nameOf(alone.request)} needs a look of its own` : TOO_MANY;
			void vscode.window.showInformationMessage(`Nothing was decided: ${why}. Take the tick away.`);
			return false;
		}
		const answer = await confirmBatch(items, text);
		if (answer === "harmless") await this.parts.reviews.open(first.request);
		return answer === "yes";
	}

	/** The first that a glance at a list is not enough for: long, with edits of the person, over unsaved text. */
	private async needOwnLook(items: readonly Item[]): Promise<Item | undefined> {
		const { contents } = this.parts.reviews;
		for (const item of items) {
			const draft = await contents.draft(item.request);
			const path = item.request.plan.targets[0]?.facts.canonical;
			if ("problem" in draft || draft.content || (path !== undefined && isUnsaved(path))) return item;
			if (secondLook(item.request, (await contents.load(item.request)).view).length > 0) return item;
		}
		return undefined;
	}

	/**
	 * Asks why, then denies.
	 * @param isStillMeant asked once the reason is given: meanwhile something else may have come in front
	 */
	async deny(item: Item, isStillMeant = () => true): Promise<void> {
		if (!this.isOurs(item)) return;
		await this.once(item, async () => {
			const { request } = item;
			const title = `Deny: ${verbOf(request)} ${nameOf(request)}, asked by ${agentOf(request)}`;
			const reason = await this.parts.reasons.ask(title);
			if (reason === undefined) return;
			if (isStillMeant()) await this.decide(item, { kind: "deny", reason });
			else vscode.window.setStatusBarMessage("$(shield) It is not in front any more: nothing was denied.", 8000);
		});
	}

	/** Denies with what the person wrote where they read it. */
	async denyWith(item: Item, reason: string): Promise<void> {
		if (!this.isOurs(item)) return;
		if (reason) await this.parts.reasons.remember(reason);
		await this.decide(item, { kind: "deny", reason });
	}

	private async once({ request }: Item, ask: () => Promise<void>): Promise<void> {
		if (this.asking.has(request.id)) return;
		this.asking.add(request.id);
		try {
			await ask();
		} finally {
			this.asking.delete(request.id);
		}
	}

	/** @returns whether it was decided */
	private async decide(item: Item, choice: Choice): Promise<boolean> {
		const { gate, request } = item;
		const { reviews, reviewer } = this.parts;
		try {
			const result = await reviews.whileDeciding(request.id, () => gate.decide(request.id, choice, reviewer));
			if (result.kind === "refused") {
				this.refused(item, result.reason);
				return false;
			}
		} catch (error) {
			this.refused(item, messageOf(error));
			return false;
		}
		await reviews.close(request.id);
		const word = choice.kind === "deny" ? "Denied" : choice.content ? "Approved with your edits" : "Approved";
		vscode.window.setStatusBarMessage(`$(check) ${word}: ${verbOf(request)} ${nameOf(request)}`, SHORTLY);
		return true;
	}

	/** Nothing was decided, and why. Not awaited: a message that nobody closes must not hold anything up. */
	private refused({ request }: Item, reason: string): void {
		const text = `Nothing was decided here. ${escapeLabel(reason)}`;
		void vscode.window.showWarningMessage(text, "Look Again").then((chosen) => {
			if (chosen) return this.parts.reviews.open(request);
			return undefined;
		});
	}

	private tooSoon(): void {
		const text = "$(eye) Nothing was decided: it came or changed only just now. Look, then press again.";
		vscode.window.setStatusBarMessage(text, SHORTLY);
	}

	private isOurs({ gate }: Item): boolean {
		if (gate.hold.kind === "ours") return true;
		const buttons = gate.hold.kind === "theirs" ? ["Take Over"] : [];
		void vscode.window
			.showInformationMessage(`Nothing was decided. ${notOurs(gate.hold)}`, ...buttons)
			.then((chosen) => {
				if (chosen) return gate.takeOver();
				return undefined;
			});
		return false;
	}

	/** The file has changes that only the editor holds; writing under them would lose one or the other. */
	private overUnsaved(item: Item, path: string, draft: { content?: Uint8Array }): void {
		const { request } = item;
		const document = dirtyDocument(path);
		const mayMerge = document && request.plan.targets[0]?.change === "write";
		const text = `Nothing was decided: ${nameOf(request)} has changes of yours that are not saved.`;
		const buttons = [...(document ? [SAVE] : []), ...(mayMerge ? [MERGE] : []), DENY];
		void vscode.window.showWarningMessage(text, ...buttons).then(async (chosen) => {
			if (request.status !== "waiting") return;
			if (chosen === DENY) await this.deny(item);
			if (chosen === SAVE && (await document?.save())) await this.parts.reviews.open(request);
			if (chosen === MERGE && document) await this.intoBuffer(item, document, draft);
		});
	}

	private async intoBuffer(item: Item, document: vscode.TextDocument, draft: { content?: Uint8Array }): Promise<void> {
		const [target] = item.request.plan.targets;
		if (!target?.base || !target.proposed) return;
		const base = await this.parts.blobs.get(target.base.sha256);
		const proposed = draft.content ?? (await this.parts.blobs.get(target.proposed.sha256));
		if (mergedInto(document, base, proposed) === undefined) {
			this.refused(item, "The change does not fit into your unsaved text.");
			return;
		}
		const reason = "The reviewer put your change into their own unsaved text. Read the file again before you go on.";
		if (!(await this.decide(item, { kind: "deny", reason }))) return;
		// Anew: the person may have typed on meanwhile.
		const text = mergedInto(document, base, proposed);
		if (text === undefined) throw new Error("Your text changed meanwhile, and the change was not put into it.");
		if (!(await replaceText(document, text))) throw new Error(`${document.fileName} could not be changed.`);
		await vscode.window.showTextDocument(document);
	}
}

const TOO_MANY = "that is more than fits into one dialog";
const SAVE = "Save and Look Again";
const MERGE = "Put into My Buffer";
const DENY = "Deny…";

function sameDraft(one: Draft, other: Draft): boolean {
	if ("problem" in one || "problem" in other) return false;
	if (!one.content || !other.content) return one.content === other.content;
	return Buffer.compare(one.content, other.content) === 0;
}
