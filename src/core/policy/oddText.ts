import { HIDDEN, writtenOut } from "../../base/hidden.ts";

/** More blank lines in a row push what follows off every screen. */
const MAX_BLANK = 200;
/** An editor draws no more of a line than this by itself. Characters. */
const MAX_LINE = 10_000;

/**
 * Why no rule may ever pass this text without a person, in one sentence; undefined when it is what it looks like. A rule
 * is written for what its author could see.
 */
export function oddText(text: Uint8Array | string): string | undefined {
	const decoded = typeof text === "string" ? text : decode(text);
	if (decoded === undefined) return "It is not text.";
	const hidden = PLAIN.test(decoded) ? -1 : decoded.search(FORBIDDEN);
	if (hidden >= 0) return `It holds ${writtenOut(decoded.slice(hidden, hidden + 2))}, which is not drawn.`;
	return oddLines(decoded.replace(/\r\n?/g, "\n"));
}

/** Most texts; the other expression takes ten times as long. */
const PLAIN = /^[\t\n\r\u0020-\u007e]*$/;

/** What is hidden, but for carriage returns, which end lines. Not global: a search must begin at the beginning. */
const FORBIDDEN = new RegExp(`(?!\\r)(?:${HIDDEN.source})`, "u");

function decode(bytes: Uint8Array): string | undefined {
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return undefined;
	}
}

function oddLines(text: string): string | undefined {
	let blank = 0;
	for (let start = 0; start <= text.length; ) {
		const found = text.indexOf("\n", start);
		const end = found < 0 ? text.length : found;
		if (end - start > MAX_LINE) return `It holds a line of ${end - start} characters.`;
		blank = isBlank(text, start, end) ? blank + 1 : 0;
		if (blank > MAX_BLANK) return `It holds more than ${MAX_BLANK} blank lines in a row.`;
		start = end + 1;
	}
	return undefined;
}

function isBlank(text: string, start: number, end: number): boolean {
	for (let at = start; at < end; at++) {
		const code = text.charCodeAt(at);
		if (code > 32 && (code < 127 || text.charAt(at).trim() !== "")) return false;
	}
	return true;
}
