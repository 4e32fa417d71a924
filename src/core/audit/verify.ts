import { ChainReader } from "./chain.ts";
import type { AuditRecord, Head } from "./record.ts";

/** Exit codes of `countersign verify`. */
export const VERIFY = { ok: 0, altered: 1, anchor: 2, torn: 3, fork: 4, unreadable: 5, unanchored: 6 } as const;

export interface VerifyReport {
	readonly code: (typeof VERIFY)[keyof typeof VERIFY];
	readonly records: number;
	/** The first bad record, when there is one. */
	readonly seq?: number;
	readonly reason: string;
	readonly head?: Head;
}

const NEWLINE = 10;

/** The lines of a file, and what follows the last newline. */
export function splitLines(bytes: Uint8Array): { lines: string[]; rest: Uint8Array } {
	const lines: string[] = [];
	let start = 0;
	for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
		lines.push(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8"));
		start = end + 1;
	}
	return { lines, rest: bytes.subarray(start) };
}

/**
 * Checks a whole audit file. `anchor`: the head kept elsewhere, null when there is none; `key`: of the chain when it is ours.
 * A file that is shorter than its anchor, or differs from it, has lost records.
 */
export function verifyFile(bytes: Uint8Array, anchor: Head | null, key?: Uint8Array): VerifyReport {
	const { lines, rest } = splitLines(bytes);
	const reader = new ChainReader(key);
	let atAnchor: AuditRecord | undefined;
	for (const [index, line] of lines.entries()) {
		const result = reader.read(line);
		if ("flaw" in result) {
			const { kind, seq, reason } = result.flaw;
			return { code: VERIFY[kind], records: index, seq, reason };
		}
		if (result.record.seq === anchor?.seq) atAnchor = result.record;
	}
	const records = lines.length;
	const head = reader.head;
	const found = head ? { head } : {};
	const against = anchor ? compareToAnchor(anchor, head, atAnchor) : undefined;
	if (against) return { code: VERIFY.anchor, records, ...found, reason: against };
	if (rest.length > 0) {
		const reason = `the last ${rest.length} bytes are a torn record; the ${records} before it hold`;
		return { code: VERIFY.torn, records, ...found, reason };
	}
	if (!head) return { code: VERIFY.unreadable, records, reason: "the file holds no record" };
	if (!anchor) {
		return {
			code: VERIFY.unanchored,
			records,
			...found,
			reason: "the chain holds; no anchor, so nobody can tell whether its end is missing",
		};
	}
	return { code: VERIFY.ok, records, ...found, reason: `${records} records, the chain and the anchor hold` };
}

function compareToAnchor(anchor: Head, head: Head | undefined, at: AuditRecord | undefined): string | undefined {
	if (head && head.chain !== anchor.chain) return "the anchor belongs to another chain";
	if (!head || head.seq < anchor.seq)
		return `the file ends at seq ${head?.seq ?? 0}, the anchor was at seq ${anchor.seq}: records were cut off`;
	if (at?.hash !== anchor.hash) return `seq ${anchor.seq} is not the record that was anchored: history was replaced`;
	return undefined;
}
