import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as z from "zod";
import type { Json } from "../../base/canonicalJson.ts";
import { messageOf } from "../../base/errors.ts";
import { printableJson } from "../../base/hidden.ts";
import { parseStrictJson } from "../../base/strictJson.ts";
import type { Choice, GateDoor, PolicyDoor, Reviewer } from "../../core/gateTypes.ts";
import type { Request } from "../../core/request.ts";
import { requestJson, summaryText, targetText } from "../../present/describe.ts";
import { reminderText } from "../../present/words.ts";
import { UNREAD } from "./unread.ts";

const decisionSchema = z.union([
	z.strictObject({ approve: z.string(), content: z.string().optional(), revision: z.int().optional() }),
	z.strictObject({ deny: z.string(), reason: z.string().optional() }),
]);
const revertSchema = z.strictObject({ revert: z.string() });
const policySchema = z.union([
	z.strictObject({ adopt: z.string() }),
	z.strictObject({ vouch: z.array(z.string()) }),
	z.strictObject({ pause: z.boolean() }),
]);

/** The gate for programs: an event a line out, a decision a line in (`countersign serve --json`). */
export class JsonLines {
	private readonly gate: GateDoor & PolicyDoor;
	private readonly reviewer: Reviewer;
	private readonly print: (line: string) => void;
	private readonly monotonic: () => number;
	private readonly shown = new Map<string, { revision: number; at: number; state: string }>();
	private policySaid = "";

	constructor(gate: GateDoor & PolicyDoor, reviewer: Reviewer, print: (line: string) => void, monotonic: () => number) {
		this.gate = gate;
		this.reviewer = reviewer;
		this.print = print;
		this.monotonic = monotonic;
	}

	start(input: Readable): void {
		for (const request of this.gate.pending()) this.show(request);
		this.gate.onDidChange((request) => this.changed(request));
		this.gate.onDidRemind((reminder) => this.warn(reminderText(reminder)));
		this.gate.onDidChangePolicy(() => this.showPolicy());
		this.showPolicy();
		createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
			if (line.trim() !== "") void this.decide(line);
		});
	}

	emit(event: { readonly event: string; readonly [key: string]: Json | undefined }): void {
		this.print(printableJson(JSON.stringify(event)));
	}

	private show(request: Request): void {
		const revised = (this.shown.get(request.id)?.revision ?? 0) > 0;
		this.shown.set(request.id, {
			revision: request.revision,
			at: revised ? this.monotonic() : Number.NEGATIVE_INFINITY,
			state: "waiting null",
		});
		this.emitRequest(request);
	}

	private emitRequest(request: Request): void {
		this.emit({
			event: "request",
			id: request.id,
			revision: request.revision,
			tool: request.action.tool,
			target: targetText(request),
			summary: summaryText(request),
			tier: request.plan.tier,
			agent: request.identity.agent,
			session: request.identity.session,
			request: requestJson(request),
		});
	}

	private changed(request: Request): void {
		const { id, status, outcome, decision } = request;
		const before = this.shown.get(id);
		if (status === "waiting") {
			if (before?.revision !== request.revision) this.show(request);
			return;
		}
		const state = `${status} ${outcome}`;
		if (before?.state === state) return;
		this.shown.set(id, { revision: request.revision, at: Number.NEGATIVE_INFINITY, state });
		if (!before || before.state.startsWith("waiting")) {
			this.emit({
				event: "decided",
				id,
				status,
				by: decision?.by,
				via: decision?.via,
				reason: decision?.reason ?? null,
			});
		}
		if (outcome !== null && before?.state !== state) this.emit({ event: "outcome", id, outcome });
	}

	/** What waits to be adopted, and what was changed outside; once for each change of it. */
	private showPolicy(): void {
		const view = this.gate.policy();
		if (!view) return;
		const proposals = view.proposals.map(({ origin, path, sha256, loosens }) => ({
			origin,
			path,
			sha256,
			loosens: [...loosens],
		}));
		const said = { event: "policy", paused: view.isPaused, proposals, drifted: [...view.drifted] };
		const isNews = view.isPaused || proposals.length + view.drifted.length > 0 || this.policySaid !== "";
		if (!isNews || JSON.stringify(said) === this.policySaid) return;
		this.policySaid = JSON.stringify(said);
		this.emit(said);
	}

	/** @returns whether the line was about the policy */
	private async policyLine(line: Json): Promise<boolean> {
		const parsed = policySchema.safeParse(line);
		if (!parsed.success) return false;
		const { data } = parsed;
		if ("adopt" in data) await this.gate.adopt(data.adopt, this.reviewer);
		else if ("vouch" in data) await this.gate.acknowledgeDrift(data.vouch, this.reviewer);
		else await (data.pause ? this.gate.pause(this.reviewer) : this.gate.resume(this.reviewer));
		return true;
	}

	/** @returns whether the line asks to have something put back: that is one more request, shown as any other */
	private async revertLine(line: Json): Promise<boolean> {
		const parsed = revertSchema.safeParse(line);
		if (!parsed.success) return false;
		const before = new Set(this.shown.keys());
		const request = await this.gate.revert(parsed.data.revert, this.reviewer);
		if (request.status !== "waiting") this.warn(notDone(request), request.id);
		else if (before.has(request.id)) this.emitRequest(request);
		return true;
	}

	private async decide(line: string): Promise<void> {
		try {
			const json = parseStrictJson(line);
			if ((await this.policyLine(json)) || (await this.revertLine(json))) return;
			const parsed = decisionSchema.safeParse(json);
			if (!parsed.success) {
				return this.warn(
					'A decision is {"approve":"<id>"}, {"approve":"<id>","content":"…"} or {"deny":"<id>","reason":"…"}; {"revert":"<id>"} asks to have something put back. Nothing was decided.',
				);
			}
			const decision = parsed.data;
			const id = "approve" in decision ? decision.approve : decision.deny;
			const choice =
				"approve" in decision ? this.approval(decision) : ({ kind: "deny", reason: decision.reason ?? "" } as const);
			if (typeof choice === "string") return this.warn(choice, id);
			const result = await this.gate.decide(id, choice, this.reviewer);
			if (result.kind === "refused") this.warn(result.reason, id);
		} catch (error) {
			this.warn(`${messageOf(error)} Nothing was decided.`);
		}
	}

	/** What was on screen: the named revision, else the one last printed if there was time to read it. */
	private approval(decision: {
		approve: string;
		content?: string | undefined;
		revision?: number | undefined;
	}): Choice | string {
		const shown = this.shown.get(decision.approve);
		if (decision.revision === undefined && shown && this.monotonic() - shown.at < UNREAD) {
			return `Revision ${shown.revision} was printed a moment ago. Look at it, then approve it with "revision": ${shown.revision}.`;
		}
		const content = decision.content === undefined ? {} : { content: Buffer.from(decision.content, "utf8") };
		return { kind: "approve", revision: decision.revision ?? shown?.revision ?? 0, ...content };
	}

	private warn(message: string, id?: string): void {
		this.emit({ event: "warning", message, ...(id ? { id } : {}) });
	}
}

const notDone = ({ id, revision }: Request) =>
	`It was approved and is not done yet. To do it: {"approve":"${id}","revision":${revision}}`;
