import { messageOf } from "../base/errors.ts";
import type { Outcome } from "../protocol/messages.ts";
import { applyTarget, type Effect, isAsBefore, isDone } from "./apply/applyTarget.ts";
import type { GatePorts } from "./gateTypes.ts";
import { outcomeRecord } from "./records.ts";
import type { Request } from "./request.ts";
import { deniedBy, lookAgain } from "./revise.ts";

const RECORDS = { executed: "EXECUTED", differs: "DIFFERS", failed: "FAILED", unknown: "UNKNOWN" } as const;

/**
 * What follows an approval. Runs under the request's lock. INTENT is durable before the first effect, or before
 * *allow* leaves for an agent that applies; the end is durable before anybody is told.
 */
export class Effects {
	private readonly ports: GatePorts;
	private readonly changed: (request: Request) => void;

	constructor(ports: GatePorts, changed: (request: Request) => void) {
		this.ports = ports;
		this.changed = changed;
	}

	/** Starts what was approved, once. @throws Problem audit_unavailable; then nothing was started. */
	async proceed(request: Request): Promise<void> {
		if (request.status !== "approved") return;
		if (request.outcome === "executing" && request.apply === "gate") return this.recover(request);
		if (request.outcome !== null) return;
		const drift = await this.drift(request);
		if (drift) return this.end(request, "failed", drift);
		this.ports.failpoint("intent.checked");
		await this.ports.journal.append(outcomeRecord("INTENT", request));
		request.outcome = "executing";
		this.ports.failpoint("intent.durable");
		if (request.apply === "agent") this.changed(request);
		else await this.apply(request);
	}

	/** Why what was approved is no longer what would be done; undefined when it is the same to the byte. */
	private async drift(request: Request): Promise<string | undefined> {
		try {
			const { plan, isSame } = await lookAgain(request, this.ports);
			if (plan.denial) return deniedBy(plan.denial);
			const isByRule = request.decision?.via === "policy";
			if (isByRule && !plan.allowance) return `conflict: ${request.decision?.by} does not allow it any more`;
			if (isSame) return undefined;
		} catch (error) {
			return `conflict: ${messageOf(error)}`;
		}
		const path = request.plan.targets[0]?.facts.canonical ?? "what it is about";
		return `conflict: ${path} changed after it was approved; nothing was touched`;
	}

	private async apply(request: Request): Promise<void> {
		let effect: Effect = { outcome: "executed" };
		try {
			for (const target of request.plan.targets) {
				effect = await applyTarget(target, request.id, this.ports);
				if (effect.outcome !== "executed") break;
			}
		} catch (error) {
			return this.recover(request, messageOf(error));
		}
		await this.end(request, effect.outcome, "detail" in effect ? effect.detail : undefined);
	}

	/**
	 * INTENT without an end: what the disk shows decides. As approved: executed. Anything else: unknown, never again.
	 * `error`: the effect stopped by itself, in this process.
	 */
	async recover(request: Request, error?: string): Promise<void> {
		const { files } = this.ports;
		const { targets } = request.plan;
		let done = targets.length > 0;
		try {
			for (const target of request.apply === "gate" ? targets : [])
				await files.sweep(target.facts.canonical, request.id);
			for (const target of targets) done &&= await isDone(target, files);
		} catch (trouble) {
			// A target that cannot even be looked at must not keep the others, or the whole gate, from going on.
			return this.end(request, "unknown", messageOf(trouble));
		}
		if (done) return this.end(request, "executed", undefined, { recovered: true });
		if (error !== undefined && !(await this.drift(request)))
			return this.end(request, "failed", `${error}; nothing was touched`);
		const detail = error ?? "the gate stopped before it saw the end; look at the target before asking again";
		return this.end(request, "unknown", detail);
	}

	/** Where bytes are known the disk is asked, whatever the agent says. */
	async report(request: Request, outcome: "executed" | "failed", detail?: string): Promise<void> {
		const open = request.outcome === "executing" || request.outcome === "unknown";
		if (request.apply !== "agent" || request.status !== "approved" || !open) return;
		const { files } = this.ports;
		for (const target of request.plan.targets) {
			if (target.change === "write" && !target.proposed) continue;
			const isAsApproved = await isDone(target, files);
			const isUntouched = !isAsApproved && outcome === "failed" && (await isAsBefore(target, files));
			if (isAsApproved || isUntouched) continue;
			return this.end(request, "differs", `${target.facts.canonical} is not what was approved`);
		}
		return outcome === "failed" ? this.end(request, "failed", detail) : this.end(request, "executed");
	}

	private async end(
		request: Request,
		outcome: Exclude<Outcome, "executing">,
		detail?: string,
		data?: { recovered: true },
	): Promise<void> {
		this.ports.failpoint("outcome.known");
		await this.ports.journal.append(outcomeRecord(RECORDS[outcome], request, detail, data));
		request.outcome = outcome;
		if (detail) request.detail = detail;
		this.ports.failpoint("outcome.durable");
		this.changed(request);
	}
}
