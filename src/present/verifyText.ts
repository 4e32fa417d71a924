import type { VerifyReport } from "../core/audit/verify.ts";
import { escapeLine } from "./escape.ts";

/** What was found of an audit log, in one line. */
export function verifyText({ reason, seq, head }: VerifyReport): string {
	const at = head ? ` (seq ${head.seq}, head ${head.hash.slice(0, 8)})` : "";
	return `${escapeLine(reason)}${seq === undefined ? "" : `, first bad seq ${seq}`}${at}`;
}
