import { canonicalJson } from "../../base/canonicalJson.ts";
import { messageOf } from "../../base/errors.ts";
import { parseStrictJson } from "../../base/strictJson.ts";
import { type AuditRecord, type Head, hashOf, hasValidMac, NO_HASH } from "./record.ts";

/** `altered`: a record is not what was sealed. `fork`: two writers continued one head. `unreadable`: no record of ours. */
export type Flaw = { readonly kind: "altered" | "fork" | "unreadable"; readonly seq: number; readonly reason: string };

/**
 * Follows a chain line by line. Without a key the MACs are taken on trust: anyone can check that nothing was changed,
 * only the holder of the key that nothing was added.
 */
export class ChainReader {
	private readonly key: Uint8Array | undefined;
	private last: Head | undefined;

	constructor(key?: Uint8Array) {
		this.key = key;
	}

	get head(): Head | undefined {
		return this.last;
	}

	/** The next record, or what is wrong with it; after a flaw the reader's head has not moved. */
	read(line: string): { readonly record: AuditRecord } | { readonly flaw: Flaw } {
		const seq = (this.last?.seq ?? 0) + 1;
		const parsed = parseRecord(line);
		if (typeof parsed === "string") return { flaw: { kind: "unreadable", seq, reason: parsed } };
		const reason = this.whatIsWrong(parsed, line);
		if (reason) return { flaw: { ...reason, seq } };
		this.last = { chain: parsed.chain, seq: parsed.seq, hash: parsed.hash };
		return { record: parsed };
	}

	private whatIsWrong(record: AuditRecord, line: string): Omit<Flaw, "seq"> | undefined {
		const altered = (reason: string) => ({ kind: "altered" as const, reason });
		if (line !== canonicalJson(record as never)) return altered("the line is not canonical JSON");
		const { hash, mac: _, ...body } = record;
		const expectedHash = hashOf(body as never);
		if (hash !== expectedHash)
			return altered(`hash is ${hash.slice(0, 8)}…, its content gives ${expectedHash.slice(0, 8)}…`);
		if (this.key && !hasValidMac(record, this.key)) return altered("the MAC is not ours: the record was forged");
		const last = this.last ?? { chain: record.chain, seq: 0, hash: NO_HASH };
		if (record.chain !== last.chain) return altered("the record belongs to another chain");
		if (!this.last && record.type !== "GENESIS") return altered(`the first record is ${record.type}, not GENESIS`);
		if (record.seq === last.seq + 1 && record.prev === last.hash) return undefined;
		if (record.seq <= last.seq) {
			return { kind: "fork", reason: `seq ${record.seq} comes again behind seq ${last.seq}: two writers` };
		}
		if (record.seq > last.seq + 1) return altered(`seq ${last.seq + 1} to ${record.seq - 1} are missing`);
		return altered("prev is not the hash of the record before");
	}
}

function parseRecord(line: string): AuditRecord | string {
	let value: unknown;
	try {
		value = parseStrictJson(line);
	} catch (error) {
		return messageOf(error);
	}
	if (value === null || typeof value !== "object" || Array.isArray(value)) return "not a record";
	const record = value as Partial<AuditRecord>;
	if (record.v !== 1) return `a record of version ${JSON.stringify(record.v)}, this program reads version 1`;
	const strings = [record.chain, record.type, record.time, record.prev, record.hash, record.mac];
	if (strings.some((member) => typeof member !== "string") || !Number.isSafeInteger(record.seq)) {
		return "a record without chain, seq, time, type, prev, hash or mac";
	}
	return record as AuditRecord;
}
