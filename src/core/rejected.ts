import type { DecisionState, RejectedHunk } from "../protocol/messages.ts";
import { applyEdits, MERGE_LIMIT } from "./edits.ts";
import { leftOut } from "./leftOut.ts";
import type { BlobPort } from "./ports.ts";
import type { Request } from "./request.ts";

/** What an agent is told of at most: it is to be read by a model. */
const MAX_HUNKS = 20;
/** Of all lines together. */
const MAX_CHARACTERS = 4000;

type Rejected = Pick<DecisionState, "rejectedHunks" | "moreRejectedHunks">;

/**
 * What the agent proposed and an edited approval left out. Worked out from the kept contents each time that it is told,
 * so a restart loses nothing of it; where that cannot be done, nothing is said and the verdict goes out all the same.
 */
export async function rejectedHunks(request: Request, blobs: BlobPort): Promise<Rejected> {
	try {
		const texts = await textsOf(request, blobs);
		const hunks = texts && leftOut(texts.base, texts.proposed, texts.approved);
		return hunks && hunks.length > 0 ? bounded(hunks.map((hunk) => ({ ...hunk, line: hunk.line + 1 }))) : {};
	} catch {
		return {};
	}
}

function bounded(hunks: readonly RejectedHunk[]): Rejected {
	const told: RejectedHunk[] = [];
	let room = MAX_CHARACTERS;
	for (const hunk of hunks) {
		const size = [...hunk.removed, ...hunk.added].join("\n").length;
		if (told.length === MAX_HUNKS || size > room) continue;
		room -= size;
		told.push(hunk);
	}
	const more = hunks.length - told.length;
	return { rejectedHunks: told, ...(more > 0 ? { moreRejectedHunks: more } : {}) };
}

async function textsOf(
	request: Request,
	blobs: BlobPort,
): Promise<{ base: string; proposed: string; approved: string } | undefined> {
	const [target] = request.plan.targets;
	if (!target || !request.proposal) return undefined;
	if ((target.base?.size ?? 0) > MERGE_LIMIT || request.proposal.size > MERGE_LIMIT) return undefined;
	const base = target.base ? await blobs.get(target.base.sha256) : new Uint8Array();
	const proposed = await proposedBy(request, base, blobs);
	if (!proposed || proposed.byteLength > MERGE_LIMIT) return undefined;
	const approved = await blobs.get(request.proposal.sha256);
	return { base: textOf(base), proposed: textOf(proposed), approved: textOf(approved) };
}

/** The agent's own bytes. Those that waited while the file moved on are for a file that nobody can name any more. */
async function proposedBy({ action, revision }: Request, base: Uint8Array, blobs: BlobPort) {
	if (action.tool !== "file_write") return undefined;
	const { content, edits = [] } = action;
	if (content === undefined) {
		const edited = applyEdits(base, edits);
		return "bytes" in edited ? edited.bytes : undefined;
	}
	if (revision > 1) return undefined;
	if (typeof content === "string") return Buffer.from(content, "utf8");
	if ("base64" in content) return Buffer.from(content.base64, "base64");
	const known = await blobs.has(content.blob);
	return known && known.size <= MERGE_LIMIT ? blobs.get(content.blob) : undefined;
}

/** A byte order mark is no part of the first line. @throws where it is no UTF-8 */
const textOf = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
