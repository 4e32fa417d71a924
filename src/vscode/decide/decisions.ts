import * as vscode from "vscode";
import { messageOf } from "../../base/errors.ts";
import type { Choice, Reviewer } from "../../core/gateTypes.ts";
import type { BlobPort } from "../../core/ports.ts";
import { notOurs } from "../../owner/folderGate.ts";
import { escapeLabel } from "../../present/escape.ts";
import { agentOf, nameOf, verbOf } from "../../present/words.ts";
import type { Item } from "../gates/windowGates.ts";
import type { Draft } from "../review/contents.ts";
import type { Reviews } from "../review/reviews.ts";
import { dirtyDocument, mergedInto, replaceText } from "./buffer.ts";
import { confirm } from "./confirm.ts";
import type { Reasons } from "./reasons.ts";
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
		if (sighting.place === "row" && !sight.wasSeen(sighting)) return reviews.open(sighting.request);
		if (!sight.isSettled(sighting)) return this.tooSoon();
		await this.once(sighting, () => this.approveNow(sighting));
	}

	private async approveNow(item: Item): Promise<void> {
		const { request } = item;
		const { revision, plan } = request;
		const draft = await this.parts.reviews.contents.draft(request);
		if ("problem" in draft) return this.refused(item, draft.problem);
		const path = plan.targets[0]?.facts.canonical;
		const dirty = path === undefined ? undefined : dirtyDocument(path);
		if (dirty) return this.overUnsaved(item, dirty, draft);
		if (plan.tier === "high" || plan.tier === "protected") {
			const answer = await confirm(request);
			if (answer === "look") return this.parts.reviews.open(request);
			if (answer === "nothing") return;
			// The dialog may have stood for hours.
			if (!sameDraft(draft, await this.parts.reviews.contents.draft(request))) return this.tooSoon();
		}
		const choice: Choice = { kind: "approve", revision, ...(draft.content ? { content: draft.content } : {}) };
		await this.decide(item, choice);
	}

	/** Asks why, then denies. */
	async deny(item: Item): Promise<void> {
		if (!this.isOurs(item)) return;
		await this.once(item, async () => {
			const { request } = item;
			const title = `Deny: ${verbOf(request)} ${nameOf(request)}, asked by ${agentOf(request)}`;
			const reason = await this.parts.reasons.ask(title);
			if (reason !== undefined) await this.decide(item, { kind: "deny", reason });
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

	private async decide(item: Item, choice: Choice): Promise<void> {
		const { gate, request } = item;
		try {
			const { reviews, reviewer } = this.parts;
			const result = await reviews.whileDeciding(request.id, () => gate.decide(request.id, choice, reviewer));
			if (result.kind === "refused") return this.refused(item, result.reason);
			await reviews.close(request.id);
			const word = choice.kind === "deny" ? "Denied" : choice.content ? "Approved with your edits" : "Approved";
			vscode.window.setStatusBarMessage(`$(check) ${word}: ${verbOf(request)} ${nameOf(request)}`, SHORTLY);
		} catch (error) {
			this.refused(item, messageOf(error));
		}
	}

	/** Nothing was decided, and why. Not awaited: a message that nobody closes must not hold anything up. */
	private refused({ request }: Item, reason: string): void {
		void vscode.window.showWarningMessage(`Not approved: ${escapeLabel(reason)}`, "Look Again").then((chosen) => {
			if (chosen && request.status === "waiting") return this.parts.reviews.open(request);
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
	private async overUnsaved(item: Item, document: vscode.TextDocument, draft: { content?: Uint8Array }): Promise<void> {
		const { request } = item;
		const text = `Nothing was decided: ${nameOf(request)} has changes of yours that are not saved.`;
		const mayMerge = request.plan.targets[0]?.change === "write";
		const buttons = ["Save and Look Again", ...(mayMerge ? ["Put into My Buffer"] : []), "Deny…"];
		const chosen = await vscode.window.showWarningMessage(text, ...buttons);
		if (request.status !== "waiting") return;
		if (chosen === "Save and Look Again") {
			if (await document.save()) await this.parts.reviews.open(request);
		} else if (chosen === "Put into My Buffer") {
			await this.intoBuffer(item, document, draft);
		} else if (chosen === "Deny…") {
			this.asking.delete(request.id);
			await this.deny(item);
		}
	}

	private async intoBuffer(item: Item, document: vscode.TextDocument, draft: { content?: Uint8Array }): Promise<void> {
		const [target] = item.request.plan.targets;
		if (!target?.base || !target.proposed) return;
		const base = await this.parts.blobs.get(target.base.sha256);
		const proposed = draft.content ?? (await this.parts.blobs.get(target.proposed.sha256));
		const text = mergedInto(document, base, proposed);
		if (text === undefined) return this.refused(item, "The change does not fit into your unsaved text.");
		const reason = "The reviewer put your change into their own unsaved text. Read the file again before you go on.";
		await this.decide(item, { kind: "deny", reason });
		if (item.request.decision?.reason !== reason) return;
		await replaceText(document, text);
		await vscode.window.showTextDocument(document);
	}
}

function sameDraft(one: Draft, other: Draft): boolean {
	if ("problem" in one || "problem" in other) return false;
	if (!one.content || !other.content) return one.content === other.content;
	return Buffer.compare(one.content, other.content) === 0;
}
