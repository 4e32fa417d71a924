import type { AllowRule } from "./allowRules.ts";

/** What a rule that allows comes to just now. */
export type RuleState = "live" | "paused" | "expired" | "used up" | "elsewhere";

/** @param used how often it let something pass here @param now wall time, ms */
export function stateOfRule({ rule, expires }: AllowRule, folder: string, used: number, now: number): RuleState {
	if (rule.paused) return "paused";
	if (expires !== undefined && now >= expires) return "expired";
	if (rule.workspace !== undefined && rule.workspace !== folder) return "elsewhere";
	return used >= (rule.times ?? Number.POSITIVE_INFINITY) ? "used up" : "live";
}
