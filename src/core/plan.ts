import { resolve } from "node:path";
import type { Action, Content, FileDelete, FileWrite } from "../protocol/action.ts";
import type { Apply } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { type AllowancePorts, allowanceOf } from "./allowanceOf.ts";
import { applyEdits } from "./edits.ts";
import { oddNames } from "./oddNames.ts";
import { protectedName } from "./otherNames.ts";
import { evaluate, evaluateCommands, evaluateInside, isInside, type Place, type Verdict } from "./policy/evaluate.ts";
import type { ShellReading } from "./policy/shell.ts";
import type { BlobPort, BlobRef, FilePort, NamedListing, PathAccess, PathFacts, PolicyPort } from "./ports.ts";
import type { Identity, Plan, Target } from "./request.ts";
import { laterChanges, type Restore, treeTarget, withMode } from "./restore.ts";

export interface PlanPorts extends AllowancePorts {
	readonly files: FilePort;
	readonly place: Place;
	readonly policies: PolicyPort;
}

/** Folders that count as normal, and where a relative path starts. */
function cwdOf(action: Action, { files, place }: PlanPorts): string {
	const given = "cwd" in action ? action.cwd : undefined;
	if (given === undefined) return place.folder;
	if (action.tool === "file_read") return resolve(place.folder, given);
	if (climbs(given)) {
		throw new Problem("bad_request", `The cwd ${JSON.stringify(given)} holds "..". Write the folder itself.`);
	}
	// Where a command really starts, not the link that leads there.
	return files.resolve(given, place.folder, "read").canonical;
}

const climbs = (path: string) => path.split(/[\\/]/).includes("..");

/** The paths that an action names, in its order. */
function namedPaths(action: Action): { path: string; access: PathAccess }[] {
	switch (action.tool) {
		case "file_read":
			return [{ path: action.path, access: "read" }];
		case "file_write":
			return [{ path: action.path, access: "write" }];
		case "file_delete":
			return [{ path: action.path, access: "delete" }];
		case "file_rename":
			return [
				{ path: action.from, access: "delete" },
				{ path: action.to, access: "write" },
			];
		case "changes":
			return action.changes.flatMap(namedPaths);
		default:
			return [];
	}
}

/** Resolves what the action names and asks the policy. No file is read: this is all that a free read costs. */
export function judge(
	action: Action,
	ports: PlanPorts,
	agent: string,
): { verdict: Verdict; paths: PathFacts[]; cwd: string } {
	const { files, place } = ports;
	const policy = ports.policies.inForce();
	const cwd = cwdOf(action, ports);
	const paths: PathFacts[] = [];
	for (const { path, access } of namedPaths(action)) {
		const facts = files.resolve(path, cwd, access);
		if (action.tool !== "file_read") refuseDisguise(facts, [place.folder, ...policy.roots]);
		paths.push(facts);
	}
	return { verdict: evaluate(action, paths, policy, place, agent), paths, cwd };
}

/** A path that does not lead where it seems to lead is an error: the reviewer must read the real one. */
function refuseDisguise(facts: PathFacts, roots: readonly string[]): void {
	if (climbs(facts.given)) {
		throw new Problem(
			"bad_request",
			`The path ${JSON.stringify(facts.given)} holds "..". Write it without: ${facts.lexical}`,
		);
	}
	const inside = (path: string) => roots.some((root) => isInside(path, root));
	if (inside(facts.lexical) && !inside(facts.canonical)) {
		throw new Problem(
			"bad_request",
			`${JSON.stringify(facts.given)} is a link that leaves the workspace. To change what it leads to, name that: ${facts.canonical}`,
		);
	}
}

/** What is asked, by whom, and what is known of it beyond what it says. */
export interface Asked {
	readonly action: Action;
	readonly apply: Apply;
	readonly identity: Identity;
	/** Why the action can do more than it shows: never less than high. */
	readonly caution?: string;
	/** Replaces the bytes that the action itself proposes. */
	readonly proposal?: BlobRef;
	/** A person asks to have it put back. */
	readonly restores?: Restore;
	/** Of a request that is there already. */
	readonly id?: string;
}

/**
 * Works out what would be done, to the byte. `lenient`: what does not fit any more is a problem to show, not an error.
 * @throws Problem when the action cannot be done at all (a missing base, a device, edits that do not fit, …)
 */
export async function planFor(asked: Asked, ports: PlanPorts, lenient = false): Promise<Plan> {
	const { action, restores } = asked;
	const { agent } = asked.identity;
	await ports.policies.refresh();
	const { verdict: named, paths, cwd } = judge(action, ports, agent);
	const reading = await readingOf(action, ports);
	const verdict = evaluateCommands(named, reading, ports.policies.inForce(), { action, agent });
	const whole = await withInside(asked, verdict, paths, ports);
	const targets = await targetsOf(asked, paths[0], whole.listing, ports, lenient);
	const undone = restores ? targets.flatMap((target) => laterChanges(restores, target)) : [];
	const unclear = targets.flatMap((target) => (target.problem ? [target.problem] : []));
	const { twins, odd } = await doubtsOf(paths, ports);
	const doubts = [...odd, ...undone, ...unclear, ...twins];
	const least = twins.length > 0 ? "protected" : whole.verdict.tier;
	const tier = doubts.length > 0 && least === "normal" ? "high" : least;
	const plan: Plan = {
		cwd,
		targets,
		paths: targets.length > 0 ? [] : paths,
		tier,
		why: [...whole.verdict.why, ...doubts],
	};
	const judged = withDenial(withCaution(plan, asked.caution), whole.verdict);
	// A rule was written for what agents do: what comes back goes before a person's eyes.
	if (restores) return judged;
	return { ...judged, ...(await allowanceOf(asked, judged, { verdict: whole.verdict, paths, reading }, ports)) };
}

/** What goes, or comes back, with the folders that are named. `listing`: of the first path. */
async function withInside(
	{ action, identity: { agent }, restores }: Asked,
	named: Verdict,
	paths: readonly PathFacts[],
	ports: PlanPorts,
): Promise<{ verdict: Verdict; listing: NamedListing | undefined }> {
	let verdict = named;
	let listing: NamedListing | undefined;
	const look = (folder: PathFacts, { names }: NamedListing) => {
		verdict = evaluateInside(verdict, folder, names, ports.policies.inForce(), ports.place, { action, agent });
	};
	for (const folder of takesWhole(action) ? paths.filter(({ kind }) => kind === "directory") : []) {
		const found = await ports.files.list(folder.canonical);
		look(folder, found);
		if (folder === paths[0]) listing = found;
	}
	if (restores?.listing && paths[0]) look(paths[0], await ports.files.kept(restores.listing.digest));
	return { verdict, listing };
}

async function targetsOf(
	{ action, apply, proposal, restores }: Asked,
	facts: PathFacts | undefined,
	listing: NamedListing | undefined,
	ports: PlanPorts,
	lenient: boolean,
): Promise<Target[]> {
	if (!facts) return [];
	if (restores?.listing) return [treeTarget(facts, restores.listing, lenient)];
	if (action.tool === "file_delete") return [await deleteTarget(action, facts, ports, listing, lenient)];
	if (action.tool !== "file_write") return [];
	const may = { base: lenient, edits: lenient || apply === "agent" };
	const target = await writeTarget(action, facts, ports, proposal, may);
	return [restores ? withMode(target, restores) : target];
}

async function readingOf(action: Action, { shell }: PlanPorts): Promise<ShellReading | undefined> {
	return action.tool === "shell_execute" && action.command !== undefined ? shell.read(action.command) : undefined;
}

/** What is odd about the names, and what else the same files are called, in sentences. */
async function doubtsOf(paths: readonly PathFacts[], ports: PlanPorts): Promise<{ twins: string[]; odd: string[] }> {
	if (paths.length === 0) return { twins: [], odd: [] };
	const odd = await Promise.all(paths.map((facts) => oddNames(facts, ports.files)));
	const names = await Promise.all(paths.map((facts) => protectedName(facts, ports)));
	const twins = names.flatMap((name) =>
		name === undefined ? [] : [`It is the same file as ${name}, which is protected.`],
	);
	return { twins, odd: odd.flat() };
}

function withDenial(plan: Plan, { effect, ruleId, reason = "A rule of the policy says so." }: Verdict): Plan {
	return effect === "deny" && ruleId !== null ? { ...plan, denial: { ruleId, reason } } : plan;
}

function withCaution(plan: Plan, caution: string | undefined): Plan {
	if (caution === undefined) return plan;
	return { ...plan, tier: plan.tier === "protected" ? "protected" : "high", why: [...plan.why, caution] };
}

/** Whether a folder that the action names goes with everything in it. A write of a folder is an error, and costs no look. */
function takesWhole(action: Action): boolean {
	if (action.tool === "file_delete") return action.recursive === true;
	return action.tool === "file_rename" || action.tool === "changes";
}

/** `lenient`: whether what does not fit any more is a problem to show, not an error to throw. */
async function writeTarget(
	action: FileWrite,
	facts: PathFacts,
	ports: PlanPorts,
	proposal: BlobRef | undefined,
	lenient: { readonly base: boolean; readonly edits: boolean },
): Promise<Target> {
	if (facts.kind === "directory") throw new Problem("bad_request", `${facts.canonical} is a folder, not a file.`);
	if (facts.kind === "other") {
		throw new Problem("bad_request", `${facts.canonical} is a device, socket or pipe; only regular files are written.`);
	}
	const base = facts.kind === "missing" ? null : await ports.files.snapshot(facts.canonical);
	checkBase(action.base, base, facts, lenient.base);
	const target = { change: "write" as const, facts, base };
	if (proposal) return { ...target, proposed: proposal };
	if (action.content !== undefined) return { ...target, proposed: await storeContent(action.content, ports.blobs) };
	if (!base) {
		const problem = `There is no ${facts.canonical} to edit. To make a new file, send its content.`;
		if (!lenient.edits) throw new Problem("stale_base", problem);
		return { ...target, proposed: null, problem };
	}
	const edited = applyEdits(await ports.blobs.get(base.sha256), action.edits ?? []);
	if ("bytes" in edited) return { ...target, proposed: await ports.blobs.put(edited.bytes) };
	if (!lenient.edits) throw new Problem("stale_base", `${facts.canonical}: ${edited.problem}. Read the file again.`);
	return { ...target, proposed: null, problem: edited.problem };
}

async function deleteTarget(
	action: FileDelete,
	facts: PathFacts,
	ports: PlanPorts,
	listing: NamedListing | undefined,
	lenient: boolean,
): Promise<Target> {
	const target = { change: "delete" as const, facts, proposed: null };
	if (facts.kind === "missing") {
		if (lenient) return { ...target, base: null, problem: "It is already gone." };
		throw new Problem("stale_base", `There is no ${facts.canonical} to delete.`);
	}
	if (facts.kind === "other") throw new Problem("bad_request", `${facts.canonical} is a device, socket or pipe.`);
	if (facts.kind === "file") {
		const base = await ports.files.hash(facts.canonical);
		checkBase(action.base, base, facts, lenient);
		return { ...target, base };
	}
	if (facts.kind === "directory" && !action.recursive) {
		throw new Problem(
			"bad_request",
			`${facts.canonical} is a folder. To delete it with everything in it, set recursive.`,
		);
	}
	const { digest, entries, bytes } = listing ?? (await ports.files.list(facts.canonical));
	return { ...target, base: null, listing: { digest, entries, bytes } };
}

function checkBase(wanted: string | null | undefined, base: BlobRef | null, facts: PathFacts, lenient: boolean): void {
	if (wanted === undefined || lenient || wanted === (base?.sha256 ?? null)) return;
	const found = base ? `has other bytes (${base.sha256})` : "does not exist";
	const instead = wanted === null ? "it was not to exist" : `the base was ${wanted}`;
	throw new Problem("stale_base", `${facts.canonical} ${found}; ${instead}. Read it again and ask anew.`);
}

export async function storeContent(content: Content, blobs: BlobPort): Promise<BlobRef> {
	if (typeof content === "string") return blobs.put(Buffer.from(content, "utf8"));
	if ("base64" in content) return blobs.put(Buffer.from(content.base64, "base64"));
	const known = await blobs.has(content.blob);
	if (!known)
		throw new Problem("not_found", `There is no blob ${content.blob}. PUT it to /v1/blobs/${content.blob} first.`);
	return known;
}
