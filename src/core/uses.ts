import type { AuditRecord } from "./audit/record.ts";
import type { Policy } from "./policy/policy.ts";

/** How often each rule let something pass, and when last. In memory; the journal is the truth. */
export class Uses {
	private readonly requests = new Map<string, Map<string, number>>();

	/** @param except a request whose own use does not count */
	count(ruleId: string, except?: string): number {
		const used = this.requests.get(ruleId);
		if (!used) return 0;
		return used.size - (except !== undefined && used.has(except) ? 1 : 0);
	}

	/** Wall time, ms; undefined: never. */
	lastUsed(ruleId: string): number | undefined {
		return [...(this.requests.get(ruleId)?.values() ?? [])].at(-1);
	}

	/** Uses all of them, or none when one was used as often as it may be. In one turn: two requests never share the last use. */
	take(ruleIds: readonly string[], request: string, policy: Policy, now: number): boolean {
		const limitOf = (id: string) =>
			policy.allows.find(({ rule }) => rule.id === id)?.rule.times ?? Number.POSITIVE_INFINITY;
		if (ruleIds.some((id) => this.count(id, request) >= limitOf(id))) return false;
		for (const id of ruleIds) this.note(id, request, now);
		return true;
	}

	private note(ruleId: string, request: string, now: number): void {
		const used = this.requests.get(ruleId) ?? new Map<string, number>();
		this.requests.set(ruleId, used.set(request, now));
	}

	restore(records: Iterable<AuditRecord>): void {
		for (const { type, ruleId, decision, request = "", time } of records) {
			if (ruleId === undefined || ruleId === "free") continue;
			const isUse = type === "FREE" || (type === "DECISION" && decision === "approved");
			if (isUse) for (const id of ruleId.split(",")) this.note(id, request, Date.parse(time));
		}
	}
}
