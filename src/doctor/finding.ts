/**
 * `slips`: a call can run that nobody was asked about. `broken`: nothing slips, but it does not do what was connected.
 * `warn`: it could not be tried, or may be meant so. `cannot close`: what no configuration of this agent stops.
 */
export type Level = "ok" | "slips" | "broken" | "warn" | "cannot close";

export interface Finding {
	readonly level: Level;
	/** What was looked at, in a word or two. */
	readonly check: string;
	/** What was found, in a sentence that a person understands. */
	readonly says: string;
	/** What to do about it. */
	readonly remedy?: string;
}

export interface AgentReport {
	readonly agent: string;
	readonly gated: boolean;
	readonly findings: readonly Finding[];
}

export const isGated = (findings: readonly Finding[]): boolean =>
	!findings.some(({ level }) => level === "slips" || level === "broken");
