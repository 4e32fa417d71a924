import { factsOf, type Request } from "../request.ts";
import type { AllowRule } from "./allowRules.ts";
import { type Part, partsOf } from "./parts.ts";

/** The argv of each command of a shell text; undefined: it is more than plain words. */
export type Plain = (command: string) => Promise<readonly (readonly string[])[] | undefined>;

/** What a request would do, part by part, as a rule is compared with it. */
export async function partsOfRequest(request: Request, plain: Plain): Promise<readonly Part[] | undefined> {
	const { action, plan } = request;
	const isText = action.tool === "shell_execute" && action.command !== undefined;
	return partsOf(action, factsOf(request), plan.cwd, isText ? await plain(action.command ?? "") : undefined);
}

/** A request of the past, and what it would have done; undefined: that cannot be told. */
export interface Past {
	readonly request: Request;
	readonly parts: readonly Part[] | undefined;
}

export interface RearView {
	/** How many it would have let pass, were it not for its limits. */
	readonly passed: number;
	/** How many of those a person refused. */
	readonly denied: number;
}

/** What a rule would have let pass, had it been there: by what it covers alone, not by when, how often or in which session. */
export function rearView(rule: AllowRule, past: readonly Past[]): RearView {
	const covered = past.filter(({ request: { plan }, parts }) => {
		if (plan.tier !== "normal" || plan.denial || !parts || parts.length === 0) return false;
		return parts.every(rule.covers);
	});
	const denied = covered.filter(
		({ request: { status, decision } }) => status === "denied" && decision?.via !== "policy",
	);
	return { passed: covered.length, denied: denied.length };
}
