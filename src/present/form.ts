/** How a content is written, beside its words: an editor shows none of it. */
export interface Form {
	readonly encoding: "utf8" | "utf8bom" | "utf16le" | "utf16be";
	/** "none": a single line. "mixed": more than one kind, or a lone CR. */
	readonly ends: "none" | "lf" | "crlf" | "mixed";
	/** The longest line, in characters. */
	readonly longest: number;
}

/** Undefined for bytes that are no text: the same words could be other bytes. */
export function formOf(bytes: Uint8Array): Form | undefined {
	const encoding = encodingOf(bytes);
	const text = textOf(bytes, encoding);
	if (text === undefined) return undefined;
	const ends = new Set(text.match(/\r\n|\r|\n/g));
	const [only] = ends;
	const longest = text.split(/\r\n|\r|\n/).reduce((most, line) => Math.max(most, line.length), 0);
	if (ends.size > 1 || only === "\r") return { encoding, longest, ends: "mixed" };
	return { encoding, longest, ends: only === undefined ? "none" : only === "\n" ? "lf" : "crlf" };
}

/** Whether nothing but words can differ between the two. */
export function isSameForm(one: Form, other: Form): boolean {
	const ends = one.ends === other.ends || one.ends === "none" || other.ends === "none";
	return ends && one.encoding === other.encoding;
}

export const DECODERS = { utf8: "utf-8", utf8bom: "utf-8", utf16le: "utf-16le", utf16be: "utf-16be" } as const;

function textOf(bytes: Uint8Array, encoding: Form["encoding"]): string | undefined {
	if (encoding.startsWith("utf8") && bytes.includes(0)) return undefined;
	try {
		const text = new TextDecoder(DECODERS[encoding], { fatal: true, ignoreBOM: true }).decode(bytes);
		return encoding.startsWith("utf16") && text.length * 2 !== bytes.byteLength ? undefined : text;
	} catch {
		return undefined;
	}
}

/** By the mark at the start, else UTF-8, whatever a setting says. */
export function encodingOf([first, second, third]: Uint8Array): Form["encoding"] {
	if (first === 0xff && second === 0xfe) return "utf16le";
	if (first === 0xfe && second === 0xff) return "utf16be";
	return first === 0xef && second === 0xbb && third === 0xbf ? "utf8bom" : "utf8";
}
