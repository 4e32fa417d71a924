import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import type { Allow, AllowRule } from "./allowRules.ts";
import { FREE_WORDS, type Policy, type PolicyRule } from "./policy.ts";

/**
 * What one policy lets through that the other did not, a sentence each. It compares what is written, not what it would
 * come to: what it cannot tell to be tighter counts as looser.
 */
export function loosenings(before: Policy, after: Policy): string[] {
	const free = FREE_WORDS.filter((word) => passes(after, word) && !passes(before, word));
	const gone = before.rules.filter((rule) => !after.rules.some((other) => isAsStrict(other, rule)));
	const wider = after.allows.filter((allow) => !before.allows.some((other) => isNoWider(allow, other)));
	return [
		...free.map((word) => `${word} passes without asking`),
		...missingIn(before.channels, after.channels).map((channel) => `${channel} may decide`),
		...missingIn(before.roots, after.roots).map((root) => `${root} counts as the workspace`),
		...missingIn(after.protect, before.protect).map((glob) => `${glob} is not protected any more`),
		...gone.map(
			({ id, effect }) => `the rule ${id}, which ${effect === "deny" ? "denied" : "asked"}, is gone or changed`,
		),
		...wider.map(({ rule }) => `the rule ${rule.id} allows ${rule.tool}`),
	];
}

const passes = ({ free, requireApproval }: Policy, word: string) => free.has(word) && !requireApproval.has(word);

/** Those of `wanted` that `list` has not. */
const missingIn = (list: readonly string[], wanted: readonly string[]) => wanted.filter((word) => !list.includes(word));

function isAsStrict(rule: PolicyRule, wanted: PolicyRule): boolean {
	if (rule.effect !== wanted.effect && rule.effect !== "deny") return false;
	return scopeOf(rule) === scopeOf(wanted);
}

/** Without the words for a person, and what the effect is. */
function scopeOf({ id: _i, effect: _e, reason: _r, from: _f, matches: _m, ...scope }: PolicyRule): string {
	return canonicalJson(scope as Json);
}

/** The same rule, or one that ends sooner, is paused, or holds less often. Its name may change. */
function isNoWider(one: AllowRule, other: AllowRule): boolean {
	const [rule, known] = [one.rule, other.rule];
	if (known.paused && !rule.paused) return false;
	if (rule.id !== known.id && known.times !== undefined) return false;
	if ((one.expires ?? Number.POSITIVE_INFINITY) > (other.expires ?? Number.POSITIVE_INFINITY)) return false;
	if ((rule.times ?? Number.POSITIVE_INFINITY) > (known.times ?? Number.POSITIVE_INFINITY)) return false;
	return narrowed(rule) === narrowed(known);
}

function narrowed({ id: _i, paused: _p, expires: _e, times: _t, ...scope }: Allow): string {
	return canonicalJson(scope as Json);
}
