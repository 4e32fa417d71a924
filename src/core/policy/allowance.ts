import type { AllowRule } from "./allowRules.ts";
import type { Part } from "./parts.ts";
import type { Policy } from "./policy.ts";

/** How often a rule has let something pass at this gate. */
export type UsesOf = (ruleId: string) => number;

/**
 * The rules by which a request passes: each of its parts is covered by one. Undefined: it asks.
 * @param now wall time, ms
 */
export function allowance(
	policy: Policy,
	parts: readonly Part[],
	session: string,
	now: number,
	usesOf: UsesOf,
): readonly string[] | undefined {
	if (parts.length === 0) return undefined;
	const used = new Map<string, number>();
	for (const part of parts) {
		const found = policy.allows.find(
			(allow) =>
				isLive(allow, session, now) &&
				usesOf(allow.rule.id) + (used.get(allow.rule.id) ?? 0) < (allow.rule.times ?? Number.POSITIVE_INFINITY) &&
				allow.covers(part),
		);
		if (!found) return undefined;
		used.set(found.rule.id, 1);
	}
	return [...used.keys()];
}

function isLive({ rule, expires }: AllowRule, session: string, now: number): boolean {
	if (rule.paused || (expires !== undefined && now >= expires)) return false;
	return rule.session === undefined || rule.session === session;
}
