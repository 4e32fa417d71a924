import { createHmac, timingSafeEqual } from "node:crypto";
import { canonicalJson, canonicalMembers, type Json } from "../../base/canonicalJson.ts";
import { sha256 } from "../../base/hash.ts";

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

/** The members of a record in canonical order; `hash` and `mac` stand between the two. */
const BEFORE_HASH = ["actionDigest", "agent", "binding", "by", "chain", "data", "decision"] as const;
const AFTER_MAC = [
	"msToDecide",
	"prev",
	"reason",
	"request",
	"revision",
	"ruleId",
	"seq",
	"session",
	"summary",
	"target",
	"time",
	"tool",
	"type",
	"v",
	"via",
] as const;
/** A member that no list names would be sealed by nobody: then this does not compile. */
type Unlisted = Exclude<keyof AuditRecord, (typeof BEFORE_HASH)[number] | (typeof AFTER_MAC)[number] | "hash" | "mac">;
const _everyMemberIsListed: Unlisted extends never ? true : never = true;
void _everyMemberIsListed;

/** Seals a draft behind `head`. The line is canonical JSON, without its newline; `hash` and `mac` are set into the middle. */
export function seal(draft: Draft, head: Head, time: string, key: Uint8Array): { record: AuditRecord; line: string } {
	const body = { ...draft, v: 1 as const, chain: head.chain, seq: head.seq + 1, time, prev: head.hash };
	const before = canonicalMembers(body as never, BEFORE_HASH);
	const after = canonicalMembers(body as never, AFTER_MAC);
	const hash = digest(`{${before},${after}}`);
	const mac = macOf(hash, key);
	return { record: { ...body, hash, mac }, line: `{${before},"hash":"${hash}","mac":"${mac}",${after}}` };
}

/** SHA-256 over the record without `hash` and `mac`. The prefix keeps the digest from meaning anything elsewhere. */
export function hashOf(body: Json): string {
	return digest(canonicalJson(body));
}

const digest = (canonicalBody: string) => sha256(`countersign/audit/v1\n${canonicalBody}`);

export function macOf(hash: string, key: Uint8Array): string {
	return createHmac("sha256", key).update(hash).digest("hex");
}

export function hasValidMac(record: AuditRecord, key: Uint8Array): boolean {
	const expected = Buffer.from(macOf(record.hash, key));
	const found = Buffer.from(record.mac);
	return expected.length === found.length && timingSafeEqual(expected, found);
}
