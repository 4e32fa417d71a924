import type { Action } from "../protocol/action.ts";
import { Problem } from "../protocol/problem.ts";
import type { Channel, Reviewer } from "./gateTypes.ts";
import type { BlobPort, FilePort } from "./ports.ts";
import { isSettled, type Request, type Target } from "./request.ts";
import { PERMISSIONS, type Restore } from "./restore.ts";

/** At a desk only: what comes back has to be looked at beside what is there. */
export const mayRevert = (channel: Channel): boolean => channel === "editor" || channel === "terminal";

interface RevertPorts {
	readonly blobs: BlobPort;
	readonly files: FilePort;
}

export interface Inverse {
	readonly action: Action;
	readonly restores: Restore;
}

/** Whether something may have been changed that can come back. What is not kept any more shows when it is asked for. */
export function isRevertible(request: Request): boolean {
	if (request.status !== "approved" || request.outcome === "failed" || !isSettled(request)) return false;
	return request.plan.targets.length > 0;
}

type Of = Pick<Restore, "request" | "seq" | "by" | "via">;

/**
 * The action that puts back what a request changed. @throws Problem when there is nothing to put back, in a sentence for
 * the person who asks
 */
export async function inverseOf(request: Request, reviewer: Reviewer, ports: RevertPorts): Promise<Inverse> {
	const [target] = request.plan.targets;
	if (!isRevertible(request) || !target) throw new Problem("conflict", whyNot(request));
	const { canonical } = target.facts;
	const now = ports.files.resolve(canonical, "/", "delete");
	const of = { request: request.id, seq: request.seq, ...reviewer };
	const was = target.change === "write" ? target.base : (target.base ?? target.listing);
	if (!was) return removal(target, now.kind === "directory", now.kind === "missing", of);
	if (now.kind === "symlink") throw new Problem("conflict", `${canonical} is a link now. Move it away first.`);
	if ("digest" in was) return tree(canonical, was.digest, of, ports);
	await requireKept(was.sha256, ports.blobs);
	const mode = target.facts.mode & PERMISSIONS;
	if (now.kind === "file" && (now.mode & PERMISSIONS) === mode) {
		const found = await ports.files.hash(canonical);
		if (found?.sha256 === was.sha256) throw new Problem("conflict", `${canonical} is as it was before already.`);
	}
	const action: Action = { tool: "file_write", path: canonical, content: { blob: was.sha256 } };
	return { action, restores: { ...of, left: leftBy(target), mode } };
}

/** What was not there before goes. */
function removal(target: Target, isFolder: boolean, isGone: boolean, of: Of): Inverse {
	const { canonical } = target.facts;
	if (isGone) throw new Problem("conflict", `${canonical} is gone already, as it was before.`);
	const action: Action = { tool: "file_delete", path: canonical, ...(isFolder ? { recursive: true } : {}) };
	return { action, restores: { ...of, left: leftBy(target) } };
}

async function tree(canonical: string, digest: string, of: Of, { files }: RevertPorts): Promise<Inverse> {
	const { entries, bytes, ...kept } = await files.kept(digest).catch((error) => {
		throw error instanceof Problem && error.code === "not_found" ? notKept() : error;
	});
	const listing = { digest: kept.digest, entries, bytes };
	const action: Action = { tool: "file_write", path: canonical, content: { blob: listing.digest } };
	return { action, restores: { ...of, left: null, listing } };
}

/** Digest of what the request left; null: nothing. */
function leftBy({ change, proposed, listing }: Target): string | null {
	return change === "delete" ? null : (listing?.digest ?? proposed?.sha256 ?? null);
}

async function requireKept(sha256: string, blobs: BlobPort): Promise<void> {
	if (!(await blobs.has(sha256))) throw notKept();
}

const notKept = () =>
	new Problem("not_found", "What was there before is not kept any more: contents are kept for 30 days.");

function whyNot({ status, outcome, seq }: Request): string {
	if (status !== "approved") return `#${seq} was not approved: it changed nothing.`;
	if (outcome === "failed") return `#${seq} failed: it changed nothing.`;
	if (outcome === null || outcome === "executing") return `#${seq} is not over yet.`;
	return `#${seq} is no write or delete: what it did cannot be put back.`;
}
