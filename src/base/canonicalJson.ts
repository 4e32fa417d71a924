export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16 code units, no white space, numbers and strings
 * as ECMAScript prints them. Members whose value is `undefined` are left out.
 * @throws TypeError on what I-JSON (RFC 7493) forbids: a number that is not finite, a lone surrogate.
 */
export function canonicalJson(value: Json): string {
	if (value === null || typeof value === "boolean") return String(value);
	if (typeof value === "number") {
		if (!Number.isFinite(value)) throw new TypeError(`not a JSON number: ${value}`);
		return JSON.stringify(value);
	}
	if (typeof value === "string") return canonicalString(value);
	if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
	return `{${canonicalMembers(value as JsonObject)}}`;
}

type JsonObject = { readonly [key: string]: Json | undefined };

/** The members between an object's braces. `keys`: those to take, already in canonical order; else all. */
export function canonicalMembers(members: JsonObject, keys: readonly string[] = Object.keys(members).sort()): string {
	let text = "";
	for (const key of keys) {
		const member = members[key];
		if (member === undefined) continue;
		text += text === "" ? "" : ",";
		text += canonicalString(key);
		text += ":";
		text += typeof member === "string" ? canonicalString(member) : canonicalJson(member);
	}
	return text;
}

function canonicalString(text: string): string {
	if (!text.isWellFormed()) throw new TypeError("a string with half a surrogate pair has no canonical form");
	return JSON.stringify(text);
}
