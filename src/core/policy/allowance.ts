import type { Allow, AllowRule } from "./allowRules.ts";
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
	if (parts.length === 0 || parts.some(({ tool }) => policy.alwaysAsks?.has(tool))) return undefined;
	const used = new Set<string>();
	/** What is counted is counted by requests: each part of one would be a use that nobody counts. */
	const isLeft = ({ id, times }: Allow) => times === undefined || (!used.has(id) && usesOf(id) < times);
	for (const part of parts) {
		const found = policy.allows.find(
			(allow) => isLive(allow, session, now) && isLeft(allow.rule) && allow.covers(part),
		);
		if (!found) return undefined;
		used.add(found.rule.id);
	}
	return [...used];
}

function isLive({ rule, expires }: AllowRule, session: string, now: number): boolean {
	if (rule.paused || (expires !== undefined && now >= expires)) return false;
	return rule.session === undefined || rule.session === session;
}
