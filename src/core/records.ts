import type { Json } from "../base/canonicalJson.ts";
import { sha256 } from "../base/hash.ts";
import type { Draft } from "./audit/record.ts";
import { commitment } from "./details.ts";
import { redact } from "./redact.ts";
import { factsOf, keyOf, type Request } from "./request.ts";
import { targetOf } from "./summary.ts";

/** The audit records of a request's life. Each names the request fully: a line can be read alone. */

function common(request: Request): Omit<Draft, "type"> {
	return {
		request: request.id,
		revision: request.revision,
		agent: request.identity.agent,
		session: request.identity.session,
		tool: request.action.tool,
		target: targetOf(request.action, factsOf(request)),
		actionDigest: request.actionDigest,
		binding: request.binding,
	};
}

export function requestRecord(request: Request, details: string): Draft {
	const changes: Json = request.plan.targets.map((target) => ({
		change: target.change,
		path: target.facts.canonical,
		base: commitment(request.salt, target.base),
		proposed: commitment(request.salt, target.proposed),
		...(target.listing ? { entries: target.listing.entries, bytes: target.listing.bytes } : {}),
	}));
	return {
		type: "REQUEST",
		...common(request),
		...(request.intent ? { summary: redact(request.intent).slice(0, 500).toWellFormed() } : {}),
		...(request.restores ? { by: request.restores.by, via: request.restores.via } : {}),
		data: {
			apply: request.apply,
			changes,
			details: sha256(details),
			key: sha256(keyOf(request.identity, request.key)),
			...(request.restores ? { reverts: request.restores.request } : {}),
			tier: request.plan.tier,
		},
	};
}

/** @param rules by which the policy decided, when no person did */
export function decisionRecord(
	request: Request,
	msToDecide: number,
	details?: string,
	rules?: readonly string[],
): Draft {
	const { decision } = request;
	return {
		type: "DECISION",
		...common(request),
		...(rules ? { ruleId: rules.join(",") } : {}),
		decision: decision?.status,
		by: decision?.by,
		via: decision?.via,
		...(decision?.reason ? { reason: redact(decision.reason) } : {}),
		msToDecide: Math.max(0, Math.round(msToDecide)),
		...(details ? { data: { details: sha256(details), edited: true } } : {}),
	};
}

export function outcomeRecord(
	type: "INTENT" | "EXECUTED" | "DIFFERS" | "FAILED" | "UNKNOWN",
	request: Request,
	detail?: string,
	data?: Draft["data"],
): Draft {
	return {
		type,
		...common(request),
		...(detail ? { reason: redact(detail) } : {}),
		...(data ? { data } : {}),
	};
}
