import type { PolicyView, Proposal } from "../../core/policy/policyView.ts";
import { stateOfRule } from "../../core/policy/ruleState.ts";
import type { FolderGate } from "../../owner/folderGate.ts";
import type { Standing } from "../../present/statusText.ts";
import type { WindowGates } from "../gates/windowGates.ts";

/** Of the gates that this window holds; what passes at another's is not known here. */
export function standingOf(gates: WindowGates, now: number): Standing {
	const views = gates.all().flatMap((gate) => {
		const view = gate.policy();
		return view ? [{ gate, view }] : [];
	});
	const live = views.flatMap(({ gate, view }) => liveRules(gate, view, now));
	const ends = live.flatMap(({ expires }) => (expires === undefined ? [] : [expires]));
	return {
		passed: views.reduce((sum, { view }) => sum + view.passed, 0),
		since: views.length > 0 ? Math.min(...views.map(({ view }) => view.since)) : undefined,
		// The same file speaks at every gate.
		live: new Set(live.map(({ rule }) => rule.id)).size,
		nextEnd: ends.length > 0 ? Math.min(...ends) : undefined,
		isPaused: views.some(({ view }) => view.isPaused),
		isSuspended: views.some(({ view }) => isSuspended(view)),
		proposals: proposalsOf(gates).length,
		problems: [...new Set(views.flatMap(({ view }) => view.problems))],
		drifted: [...new Set(views.flatMap(({ view }) => view.drifted))],
	};
}

/** Rules are there, and none of them may allow anything. */
export const isSuspended = ({ allows, inForce }: PolicyView): boolean =>
	allows.length > 0 && inForce.allows.length === 0;

function liveRules(gate: FolderGate, view: PolicyView, now: number) {
	if (view.isPaused) return [];
	return view.inForce.allows.filter(
		(allow) => stateOfRule(allow, gate.workspace, view.count(allow.rule.id), now) === "live",
	);
}

export interface Waiting {
	readonly gate: FolderGate;
	readonly proposal: Proposal;
}

/** What waits to be adopted, each file once. */
export function proposalsOf(gates: WindowGates): readonly Waiting[] {
	const found = new Map<string, Waiting>();
	for (const gate of gates.all()) {
		for (const proposal of gate.policy()?.proposals ?? []) {
			if (!found.has(proposal.path)) found.set(proposal.path, { gate, proposal });
		}
	}
	return [...found.values()];
}
