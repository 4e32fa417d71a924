import { applyPatch, createPatch } from "diff";
import type { Edit } from "../protocol/action.ts";
import { LIMITS } from "../protocol/messages.ts";

export type Edited = { readonly bytes: Uint8Array } | { readonly problem: string };

/**
 * Replaces texts in a file byte for byte: what an edit does not name stays as it is, whatever the encoding.
 * Each `old` must occur exactly once, or `all` be set.
 */
export function applyEdits(base: Uint8Array, edits: readonly Edit[]): Edited {
	let bytes = Buffer.from(base.buffer, base.byteOffset, base.byteLength);
	for (const [index, edit] of edits.entries()) {
		const wanted = Buffer.from(edit.old, "utf8");
		const places = occurrences(bytes, wanted);
		const name = edits.length > 1 ? `edit ${index + 1}: ` : "";
		if (places === undefined)
			return { problem: `${name}the text to replace occurs more than ${MAX_PLACES} times: ${quote(edit.old)}` };
		if (places.length === 0) return { problem: `${name}the text to replace is not in the file: ${quote(edit.old)}` };
		if (places.length > 1 && !edit.all) {
			return {
				problem: `${name}the text to replace occurs ${places.length} times; name a longer piece, or set all: ${quote(edit.old)}`,
			};
		}
		const replacement = Buffer.from(edit.new, "utf8");
		if (bytes.length + places.length * (replacement.length - wanted.length) > LIMITS.blob) {
			return { problem: `${name}the file would grow beyond 128 MiB` };
		}
		bytes = replaceAt(bytes, places, wanted.length, replacement);
	}
	return { bytes };
}

/** Undefined when there are too many to be meant: looking for them must not keep the gate busy. */
const MAX_PLACES = 100_000;

function occurrences(bytes: Buffer, wanted: Buffer): number[] | undefined {
	const places: number[] = [];
	for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + wanted.length)) {
		if (places.push(at) > MAX_PLACES) return undefined;
	}
	return places;
}

function replaceAt(bytes: Buffer, places: readonly number[], length: number, replacement: Buffer): Buffer<ArrayBuffer> {
	const parts: Buffer[] = [];
	let from = 0;
	for (const place of places) {
		parts.push(bytes.subarray(from, place), replacement);
		from = place + length;
	}
	parts.push(bytes.subarray(from));
	return Buffer.concat(parts);
}

const quote = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** Above this a merge is not tried: a person looks at the whole. Bytes. */
export const MERGE_LIMIT = 1024 * 1024;

/**
 * Carries a proposal over to a file that moved on: the change from `base` to `proposed`, made to `current`.
 * Null when that is not clean, or one of the three is not UTF-8 text.
 */
export function rebase(base: Uint8Array, proposed: Uint8Array, current: Uint8Array): Uint8Array | null {
	const texts: string[] = [];
	for (const bytes of [base, proposed, current]) {
		if (bytes.byteLength > MERGE_LIMIT) return null;
		const text = Buffer.from(bytes).toString("utf8");
		if (Buffer.compare(Buffer.from(text, "utf8"), bytes) !== 0) return null;
		texts.push(text);
	}
	const [baseText = "", proposedText = "", currentText = ""] = texts;
	const patch = createPatch("file", baseText, proposedText, undefined, undefined, { context: 3, timeout: 500 });
	if (patch === undefined) return null;
	const merged = applyPatch(currentText, patch, { fuzzFactor: 0, autoConvertLineEndings: false });
	return merged === false ? null : Buffer.from(merged, "utf8");
}
