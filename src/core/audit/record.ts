import { canonicalFlat, canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { sha256 } from "../../base/hash.ts";
import { hmacOfDigest } from "../../base/hmac.ts";
import { isSameText } from "../../base/sameText.ts";

/** What happened. Only REQUEST, DECISION, INTENT and the four ends of an effect carry a request's life. */
export type RecordType =
	| "GENESIS"
	| "REQUEST"
	| "DECISION"
	| "INTENT"
	| "EXECUTED"
	| "DIFFERS"
	| "FAILED"
	| "UNKNOWN"
	| "FREE"
	| "POLICY"
	| "TICKET"
	| "DRIFT"
	| "BYPASS"
	| "UNAUTH_DECISION"
	| "RECOVERED"
	| "HANDOVER";

/** A record before the chain seals it. No contents: lengths, salted digests, redacted summaries. */
export interface Draft {
	readonly type: RecordType;
	readonly request?: string | undefined;
	readonly revision?: number | undefined;
	readonly agent?: string | undefined;
	readonly session?: string | undefined;
	readonly tool?: string | undefined;
	readonly target?: string | undefined;
	readonly summary?: string | undefined;
	readonly actionDigest?: string | undefined;
	readonly binding?: string | undefined;
	readonly decision?: string | undefined;
	readonly by?: string | undefined;
	readonly via?: string | undefined;
	readonly reason?: string | undefined;
	readonly ruleId?: string | undefined;
	readonly msToDecide?: number | undefined;
	readonly data?: { readonly [key: string]: Json | undefined } | undefined;
}

export interface AuditRecord extends Draft {
	readonly v: 1;
	/** 32 hex digits, random, made at GENESIS: a record cannot be moved to another chain. */
	readonly chain: string;
	/** Counts from 1 without a gap. */
	readonly seq: number;
	/** ISO 8601, UTC, milliseconds. For people; the order is `seq`. */
	readonly time: string;
	/** `hash` of the record before; 64 zeros for GENESIS. */
	readonly prev: string;
	readonly hash: string;
	readonly mac: string;
}

export interface Head {
	readonly chain: string;
	readonly seq: number;
	readonly hash: string;
}

export const NO_HASH = "0".repeat(64);

/** The members of a record in canonical order; `data` and `decision`, then `hash` and `mac`, stand between the two. */
const beforeData = ({ actionDigest, agent, binding, by }: Draft, { chain }: Head) => ({
	actionDigest,
	agent,
	binding,
	by,
	chain,
});
const afterMac = (draft: Draft, head: Head, time: string) => ({
	msToDecide: draft.msToDecide,
	prev: head.hash,
	reason: draft.reason,
	request: draft.request,
	revision: draft.revision,
	ruleId: draft.ruleId,
	seq: head.seq + 1,
	session: draft.session,
	summary: draft.summary,
	target: draft.target,
	time,
	tool: draft.tool,
	type: draft.type,
	v: 1 as const,
	via: draft.via,
});
/** A member that neither lists would be sealed by nobody: then this does not compile. */
type Listed = keyof ReturnType<typeof beforeData> | keyof ReturnType<typeof afterMac>;
type Unlisted = Exclude<keyof AuditRecord, Listed | "data" | "decision" | "hash" | "mac">;
const _everyMemberIsListed: Unlisted extends never ? true : never = true;
void _everyMemberIsListed;

/**
 * Seals a draft behind `head`. The line is canonical JSON, without its newline; `hash` and `mac` are set into the
 * middle. Every read waits for it, so nothing is built here that is not in the line.
 */
export function seal(draft: Draft, head: Head, time: string, key: Uint8Array): { head: Head; line: string } {
	const { data, decision } = draft;
	let before = canonicalFlat(beforeData(draft, head));
	if (data !== undefined) before += `,"data":${canonicalJson(data)}`;
	if (decision !== undefined) before += `,"decision":${canonicalJson(decision)}`;
	const after = canonicalFlat(afterMac(draft, head, time));
	const hash = digest(`{${before},${after}}`);
	const line = `{${before},"hash":"${hash}","mac":"${hmacOfDigest(hash, key)}",${after}}`;
	return { head: { chain: head.chain, seq: head.seq + 1, hash }, line };
}

/** SHA-256 over the record without `hash` and `mac`. The prefix keeps the digest from meaning anything elsewhere. */
export function hashOf(body: Json): string {
	return digest(canonicalJson(body));
}

const digest = (canonicalBody: string) => sha256(`countersign/audit/v1\n${canonicalBody}`);

export function hasValidMac(record: AuditRecord, key: Uint8Array): boolean {
	return isSameText(record.mac, hmacOfDigest(record.hash, key));
}
