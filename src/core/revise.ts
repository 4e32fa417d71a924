import { Problem } from "../protocol/problem.ts";
import { bindingOf } from "./binding.ts";
import { MERGE_LIMIT, rebase } from "./edits.ts";
import { type PlanPorts, planFor } from "./plan.ts";
import type { BlobRef } from "./ports.ts";
import type { Plan, Request, Target } from "./request.ts";

/** Works out anew what a request would do, and whether that is still what its binding covers. */
export async function lookAgain(request: Request, ports: PlanPorts): Promise<{ plan: Plan; isSame: boolean }> {
	const plan = await planFor(request, ports, true);
	return { plan, isSame: bindingOf({ ...request, plan }, ports.place.folder) === request.binding };
}

export type Revision =
	/** Everything is as it was shown. `plan`: as the policy judges it now. */
	| { readonly kind: "same"; readonly request: Request; readonly edited: boolean; readonly plan: Plan }
	/** The world moved on: the request as it must be shown again. */
	| { readonly kind: "moved"; readonly request: Request; readonly reason: string }
	/** As shown, but nothing that could be done. */
	| { readonly kind: "impossible"; readonly reason: string };

/**
 * Looks again at everything a decision is about. `content` replaces the proposed bytes with the reviewer's own.
 * What moved on comes back as the next revision: carried over where that is clean, otherwise marked.
 */
export async function revise(request: Request, content: Uint8Array | undefined, ports: PlanPorts): Promise<Revision> {
	const { plan, isSame } = await lookAgain(request, ports);
	const folder = ports.place.folder;
	if (plan.denial) return { kind: "impossible", reason: deniedBy(plan.denial) };
	if (!isSame) return moved(request, plan, ports);
	if (content === undefined) return unclear(request) ?? { kind: "same", request, edited: false, plan };

	const [target] = plan.targets;
	if (request.action.tool !== "file_write" || !target || target.listing) {
		throw new Problem("bad_request", "Only the content of one written file can be changed when approving.");
	}
	const proposal = await ports.blobs.put(content);
	const { problem: _, ...clear } = target;
	const apply = request.takesEdits ? request.apply : "gate";
	const edited: Request = {
		...request,
		apply,
		proposal,
		plan: { ...plan, targets: [{ ...clear, proposed: proposal }] },
	};
	edited.binding = bindingOf(edited, folder);
	return { kind: "same", request: edited, edited: true, plan: edited.plan };
}

/** For the reviewer: the policy as it is now, not as it was at the asking, has the last word. */
export const deniedBy = ({ ruleId }: NonNullable<Plan["denial"]>): string =>
	`Your rule ${ruleId} denies this. Change the policy first, if it should run.`;

/** Where the gate would have to write bytes that nobody can name, only a denial or the reviewer's own text will do. */
function unclear(request: Request): Revision | undefined {
	const problem = request.plan.targets.find((target) => target.problem && request.apply === "gate")?.problem;
	if (!problem) return undefined;
	return { kind: "impossible", reason: `It cannot be done: ${problem} Deny it, or approve your own text.` };
}

const CONFLICT = "The file changed and the proposal does not fit it any more: approving it undoes that change.";

async function moved(request: Request, plan: Plan, ports: PlanPorts): Promise<Revision> {
	const [before] = request.plan.targets;
	const [now] = plan.targets;
	const merged = before && now ? await carryOver(request, before, now, ports) : undefined;
	const targets = merged && now ? [{ ...now, proposed: merged }] : plan.targets;
	// Once in conflict, always: the next look only compares with a base that already lacks the lost change.
	const isConflict = merged === null || request.plan.why.includes(CONFLICT);
	const revised: Request = {
		...request,
		...(merged ? { proposal: merged } : {}),
		revision: request.revision + 1,
		plan: {
			...plan,
			targets,
			why: isConflict ? [...plan.why, CONFLICT] : plan.why,
			tier: isConflict && plan.tier === "normal" ? "high" : plan.tier,
		},
	};
	revised.binding = bindingOf(revised, ports.place.folder);
	const path = now?.facts.canonical ?? "What it is about";
	return {
		kind: "moved",
		request: revised,
		reason: `${path} changed after it was shown. Look at revision ${revised.revision}.`,
	};
}

/** undefined: nothing to carry; null: it does not fit. */
async function carryOver(
	request: Request,
	before: Target,
	now: Target,
	ports: PlanPorts,
): Promise<BlobRef | null | undefined> {
	const whole = request.action.tool === "file_write" && (request.action.content !== undefined || request.proposal);
	// What comes back is what was there, not a mixture of it with what is there now.
	if (!whole || request.restores || request.apply === "agent" || !before.proposed) return undefined;
	if (before.base?.sha256 === now.base?.sha256) return undefined;
	if (!before.base || !now.base) return null;
	if ([before.base, before.proposed, now.base].some(({ size }) => size > MERGE_LIMIT)) return null;
	const { blobs } = ports;
	const [base, proposed, current] = await Promise.all([
		blobs.get(before.base.sha256),
		blobs.get(before.proposed.sha256),
		blobs.get(now.base.sha256),
	]);
	const merged = rebase(base, proposed, current);
	return merged && blobs.put(merged);
}
