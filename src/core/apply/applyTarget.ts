import { Problem } from "../../protocol/problem.ts";
import type { FilePort, Staged } from "../ports.ts";
import type { Target } from "../request.ts";
import { PERMISSIONS } from "../restore.ts";

export type Effect =
	| { readonly outcome: "executed" }
	/** Nothing was touched. */
	| { readonly outcome: "failed"; readonly detail: string }
	/** Done, but what is there now is not what was approved. */
	| { readonly outcome: "differs"; readonly detail: string };

export interface ApplyPorts {
	readonly files: FilePort;
	failpoint(name: string): void;
}

/**
 * One approved change: check, keep what was there, do it in one step, look again. The caller has made INTENT durable.
 * `tag` names the request in the names of temporary files, so that a restart finds them.
 */
export function applyTarget(target: Target, tag: string, ports: ApplyPorts): Promise<Effect> {
	return target.change === "write" ? write(target, tag, ports) : remove(target, tag, ports);
}

async function write(target: Target, tag: string, ports: ApplyPorts): Promise<Effect> {
	const { files, failpoint } = ports;
	const { facts, base, listing } = target;
	const wanted = listing?.digest ?? target.proposed?.sha256;
	if (wanted === undefined) return failed("nobody can tell what the file would hold");
	let staged: Staged | undefined;
	try {
		staged = await (listing ? files.stageTree(facts, wanted, tag) : files.stage(facts, wanted, tag, target.mode));
		failpoint("effect.staged");
		if (staged.sha256 !== wanted) return failed("the disk did not keep the bytes that were written");
		const now = await files.hash(facts.canonical);
		if ((now?.sha256 ?? null) !== (base?.sha256 ?? null)) return failed(conflict(facts.canonical));
		await staged.commit(base === null);
	} catch (error) {
		return failedBy(error);
	} finally {
		await staged?.discard();
	}
	failpoint("effect.done");
	if (await isDone(target, files)) return { outcome: "executed" };
	return { outcome: "differs", detail: `${facts.canonical} was changed by somebody else right after it was written` };
}

/** Moved aside first and looked at there: what is removed is what was approved, even if it changed a moment ago. */
async function remove(target: Target, tag: string, ports: ApplyPorts): Promise<Effect> {
	const { files, failpoint } = ports;
	const { facts } = target;
	try {
		await files.keep(facts);
	} catch (error) {
		return failedBy(error);
	}
	failpoint("effect.kept");
	const approved = target.listing?.digest ?? target.base?.sha256;
	const aside = await files.setAside(facts, tag);
	failpoint("effect.aside");
	let found: string;
	try {
		found = await aside.digest();
	} catch (error) {
		await aside.restore();
		throw error;
	}
	if (found !== approved) {
		await aside.restore();
		return failed(conflict(facts.canonical));
	}
	await aside.remove();
	failpoint("effect.done");
	return { outcome: "executed" };
}

const conflict = (path: string) => `conflict: ${path} changed after it was approved; nothing was touched`;
const failed = (detail: string): Effect => ({ outcome: "failed", detail });

/** What became something else before anything was done to it. */
function failedBy(error: unknown): Effect {
	if (!(error instanceof Problem) || error.code !== "conflict") throw error;
	return failed(error.message.startsWith("conflict: ") ? error.message : `conflict: ${error.message}`);
}

/** Whether the disk already looks as approved: all that a restart can know about an effect it did not see end. */
export async function isDone(target: Target, files: FilePort): Promise<boolean> {
	const { change, facts, proposed, listing, mode } = target;
	const now = files.resolve(facts.canonical, "/", "delete");
	if (change === "delete") return now.kind === "missing";
	if (listing) return now.kind !== "missing" && (await files.list(facts.canonical)).digest === listing.digest;
	if (mode !== undefined && (now.mode & PERMISSIONS) !== mode) return false;
	const found = await files.hash(facts.canonical);
	return proposed !== null && found?.sha256 === proposed.sha256;
}

/** Whether the disk looks as it did when it was approved. */
export async function isAsBefore(target: Target, files: FilePort): Promise<boolean> {
	const { change, facts, base, listing } = target;
	if (listing && change === "delete") return (await files.list(facts.canonical)).digest === listing.digest;
	return ((await files.hash(facts.canonical))?.sha256 ?? null) === (base?.sha256 ?? null);
}
