import type { Clock } from "../base/clock.ts";
import type { Action } from "../protocol/action.ts";
import { allowance } from "./policy/allowance.ts";
import { HELD, type Verdict } from "./policy/evaluate.ts";
import { oddText } from "./policy/oddText.ts";
import { type Part, partsOf } from "./policy/parts.ts";
import type { ShellPort, ShellReading } from "./policy/shell.ts";
import type { BlobPort, FilePort, PathFacts, PolicyPort } from "./ports.ts";
import type { Identity, Plan } from "./request.ts";
import type { Uses } from "./uses.ts";

export interface AllowancePorts {
	readonly clock: Clock;
	readonly blobs: BlobPort;
	readonly files: FilePort;
	readonly policies: PolicyPort;
	readonly shell: ShellPort;
	readonly uses: Uses;
}

interface Asked {
	readonly action: Action;
	readonly identity: Identity;
	readonly id?: string;
}

/** What was found out on the way to a plan. */
interface Found {
	readonly verdict: Verdict;
	readonly paths: readonly PathFacts[];
	readonly reading: ShellReading | undefined;
}

/**
 * Whether the policy lets a request pass: only what is normal in every way, has nothing to be told about it, and can be
 * told from its text to the last byte. While the gate is paused it says so instead.
 */
export async function allowanceOf(
	asked: Asked,
	plan: Plan,
	{ verdict, paths, reading }: Found,
	ports: AllowancePorts,
): Promise<Partial<Plan>> {
	const { action, identity, id } = asked;
	if (verdict.effect === "allow") return { allowance: [verdict.ruleId ?? "free"] };
	if (verdict.effect !== "ask" || verdict.ruleId !== null || plan.tier !== "normal" || plan.why.length > 0) return {};
	const policy = ports.policies.inForce();
	if (policy.allows.length === 0 || policy.alwaysAsks?.has(action.tool)) return {};
	const parts =
		action.tool === "file_read"
			? readPart(action, paths, ports.files)
			: partsOf(action, paths, plan.cwd, reading?.plain);
	const usesOf = (ruleId: string) => ports.uses.count(ruleId, id);
	const rules = parts && allowance(policy, parts, identity.session, ports.clock.now(), usesOf);
	if (!rules || (await isOdd(plan, action, ports.blobs))) return {};
	return policy.isPaused ? { why: [HELD] } : { allowance: rules };
}

/** A read is judged by its name alone; a rule wants to know what is there, since a folder is read with all that is in it. */
export function readPart(
	action: Extract<Action, { tool: "file_read" }>,
	paths: readonly PathFacts[],
	files: FilePort,
): Part[] | undefined {
	const looked = paths.map(({ lexical }) => files.resolve(lexical, "/", "look"));
	return partsOf(action, looked, "", undefined);
}

/** Contents that a person should see with their own eyes, and those that cannot be looked at. */
async function isOdd({ targets }: Plan, action: Action, blobs: BlobPort): Promise<boolean> {
	for (const { change, proposed } of targets) {
		if (change !== "write") continue;
		if (!proposed || oddText(await blobs.get(proposed.sha256)) !== undefined) return true;
	}
	return targets.length === 0 && textsOf(action).some((text) => text === undefined || oddText(text) !== undefined);
}

/** Of several changes in one; undefined for what is not there as text. */
function textsOf(action: Action): readonly (string | undefined)[] {
	if (action.tool !== "changes") return [];
	return action.changes.flatMap((change) => {
		if (change.tool !== "file_write") return [];
		if (change.edits) return change.edits.map((edit) => edit.new);
		return [typeof change.content === "string" ? change.content : undefined];
	});
}
