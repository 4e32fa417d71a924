import type { AuditRecord } from "../core/audit/record.ts";
import { escapeLine } from "./escape.ts";

const HOUSEKEEPING = new Set(["GENESIS", "POLICY"]);

/**
 * The records as the article's lines, local time. A denial is one record and two lines: the decision, and what became
 * of the call. `all`: also what passed without asking.
 */
export function logLines(records: Iterable<AuditRecord>, all: boolean): string[] {
	const lines: string[] = [];
	for (const record of records) {
		if (!all && (record.type === "FREE" || HOUSEKEEPING.has(record.type))) continue;
		for (const text of textsOf(record)) lines.push(`[${localTime(record.time)}] ${escapeLine(text)}`);
	}
	return lines;
}

function textsOf(record: AuditRecord): string[] {
	const { type, tool = "?", target = "", reason, by = "?", via = "?" } = record;
	const call = `${tool}(${JSON.stringify(target)})`;
	const because = reason ? ` (reason: ${reason})` : "";
	switch (type) {
		case "REQUEST":
			return [`REQUEST: ${call}${(record.revision ?? 1) > 1 ? ` (revision ${record.revision})` : ""}`];
		case "DECISION":
			if (record.decision === "approved") return [`APPROVED by ${by} via ${via}`];
			if (record.decision === "cancelled") return [`CANCELED: ${tool}${because}`];
			return [`${(record.decision ?? "?").toUpperCase()} by ${by} via ${via}`, `CANCELED: ${tool}${because}`];
		case "EXECUTED":
			return [`EXECUTED: ${tool}${record.data?.recovered ? " (recovered)" : ""}`];
		case "DIFFERS":
		case "FAILED":
		case "UNKNOWN":
			return [`${type}: ${tool}${because}`];
		case "FREE":
			return [`FREE: ${call}`];
		case "BYPASS":
			if (record.data?.acknowledged) return [`BYPASS: seen by ${by} via ${via}`];
			return [`BYPASS: ${call} ran without asking (${record.agent})`];
		case "INTENT":
		case "TICKET":
			return [];
		default:
			return [`${type}: ${record.summary ?? target}`];
	}
}

/** `2026-03-28 03:15:22`, in the time zone of the one who reads. */
export function localTime(iso: string): string {
	const time = new Date(iso);
	const two = (value: number) => String(value).padStart(2, "0");
	const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
	return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
