import { createTwoFilesPatch } from "diff";
import type { BlobRef } from "../core/ports.ts";
import { escapeLine, escapeText } from "./escape.ts";

const MAX_MS = 200;

/**
 * The change as a unified diff for a terminal. Bytes that are not text are said to be so; nothing is hidden.
 * @param ms how long it may be looked for the shortest one
 */
export function diffText(file: string, base: Uint8Array | null, proposed: Uint8Array | null, ms = MAX_MS): string {
	const name = escapeLine(file);
	const texts = [base, proposed].map(decode);
	const [from, to] = texts;
	if (from === undefined || to === undefined) {
		return `${name}: not text, ${base?.byteLength ?? 0} -> ${proposed?.byteLength ?? 0} bytes`;
	}
	const patch = createTwoFilesPatch(
		name,
		name,
		from,
		to,
		base ? "now" : "does not exist",
		proposed ? "proposed" : "deleted",
		{
			context: 3,
			timeout: Math.min(ms, MAX_MS),
		},
	);
	if (patch !== undefined) return escapeText(patch.slice(patch.indexOf("---"))).replace(/\n$/, "");
	// Too different to compare in time: all that goes, then all that comes.
	const marked = (text: string, mark: string) =>
		text === ""
			? []
			: text
					.replace(/\n$/, "")
					.split("\n")
					.map((line) => mark + line);
	return escapeText([`--- ${name}`, `+++ ${name}`, ...marked(from, "-"), ...marked(to, "+")].join("\n"));
}

/** Above this a change is told by its digests: nobody reads so much at a terminal. Bytes. */
export const MAX_SIZE = 4 * 1024 * 1024;

/** What is said of a change that is too large to be shown; undefined for what can be. */
export function tooLargeText(file: string, base: BlobRef | null, proposed: BlobRef | null): string | undefined {
	if (Math.max(base?.size ?? 0, proposed?.size ?? 0) <= MAX_SIZE) return undefined;
	const told = (ref: BlobRef | null) => (ref ? `${ref.size} bytes, sha256 ${ref.sha256}` : "nothing");
	return `${escapeLine(file)} is too large to be shown\n  now:      ${told(base)}\n  proposed: ${told(proposed)}`;
}

function decode(bytes: Uint8Array | null): string | undefined {
	if (bytes === null) return "";
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return undefined;
	}
}
