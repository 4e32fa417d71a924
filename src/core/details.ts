import { canonicalJson, type Json } from "../base/canonicalJson.ts";
import { sha256 } from "../base/hash.ts";
import type { Action } from "../protocol/action.ts";
import type { Apply } from "../protocol/messages.ts";
import type { BlobRef } from "./ports.ts";
import type { Identity, Plan, Request } from "./request.ts";
import type { Restore } from "./restore.ts";

/**
 * The private half of a REQUEST record: what the queue is rebuilt from. One line of canonical JSON, kept beside the
 * chain (never in the workspace) and bound to it by digest, so that it can be erased while the chain still verifies.
 */
export interface Details {
	readonly key: string;
	readonly identity: Identity;
	readonly action: Action;
	readonly intent?: string;
	readonly apply: Apply;
	readonly takesEdits: boolean;
	readonly caution?: string;
	readonly salt: string;
	readonly plan: Plan;
	readonly proposal?: BlobRef;
	readonly restores?: Restore;
}

export function detailsOf(request: Request): string {
	const details: Details = {
		key: request.key,
		identity: request.identity,
		action: request.action,
		...(request.intent === undefined ? {} : { intent: request.intent }),
		apply: request.apply,
		takesEdits: request.takesEdits,
		...(request.caution === undefined ? {} : { caution: request.caution }),
		salt: request.salt,
		plan: request.plan,
		...(request.proposal ? { proposal: request.proposal } : {}),
		...(request.restores ? { restores: request.restores } : {}),
	};
	return canonicalJson(details as unknown as Json);
}

/** Says that bytes were these without saying what they were: a short secret cannot be guessed from it. */
export function commitment(salt: string, ref: BlobRef | null): Json {
	return ref && { size: ref.size, salted: sha256(`${salt}:${ref.sha256}`) };
}
