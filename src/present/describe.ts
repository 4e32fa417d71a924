import type { Json } from "../base/canonicalJson.ts";
import type { BlobRef } from "../core/ports.ts";
import { factsOf, type Request } from "../core/request.ts";
import { rawTarget } from "../core/summary.ts";
import { escapeLine } from "./escape.ts";

/** What a request is aimed at, in one line. Drawn from the real arguments. */
export function targetText(request: Request): string {
	return rawTarget(request.action, factsOf(request));
}

/** `file_write("/ws/a.txt") 120 -> 96 bytes`: tool, target and size of the change. */
export function summaryText(request: Request): string {
	const call = `${request.action.tool}(${JSON.stringify(targetText(request))})`;
	const sizes = request.plan.targets.map((target) => {
		const verb = target.change === "delete" ? "deletes" : "puts back";
		if (target.listing) return ` ${verb} ${target.listing.entries} entries, ${target.listing.bytes} bytes`;
		if (target.change === "delete") return ` deletes ${sizeText(target.base)}`;
		if (!target.proposed) return "";
		return target.base ? ` ${target.base.size} -> ${sizeText(target.proposed)}` : ` new, ${sizeText(target.proposed)}`;
	});
	return escapeLine(call + sizes.join(","));
}

const sizeText = (ref: BlobRef | null) => `${ref?.size ?? 0} bytes`;

/** Everything a program needs to show a request: the arguments in full, what they resolve to, and why it is asked. */
export function requestJson(request: Request): Json {
	return {
		key: request.key,
		action: request.action as Json,
		intent: request.intent,
		reverts: request.restores?.request,
		apply: request.apply,
		cwd: request.plan.cwd,
		binding: request.binding,
		why: request.plan.why,
		requestedAt: new Date(request.requestedAt).toISOString(),
		changes: request.plan.targets.map((target) => ({
			change: target.change,
			path: target.facts.canonical,
			kind: target.facts.kind,
			base: target.base as Json,
			proposed: target.proposed as Json,
			entries: target.listing?.entries,
			problem: target.problem,
		})),
	};
}
