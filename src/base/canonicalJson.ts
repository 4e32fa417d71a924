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

function canonicalMembers(members: JsonObject): string {
	let text = "";
	for (const key of Object.keys(members).sort()) {
		const member = members[key];
		if (member === undefined) continue;
		text += text === "" ? "" : ",";
		text += canonicalString(key);
		text += ":";
		text += canonicalJson(member);
	}
	return text;
}

/**
 * The members between the braces of an object without objects in it, whose keys are in canonical order already: one
 * call of the engine's printer, which every record goes through.
 */
export function canonicalFlat(members: { readonly [key: string]: string | number | undefined }): string {
	const text = JSON.stringify(members);
	// Where it prints these, it may have been given what has no canonical form: then the slow one throws.
	if (text.includes("\\ud") || text.includes(":null")) canonicalMembers(members);
	return text.slice(1, -1);
}

/** Printable ASCII without quote and backslash, which JSON writes as it is; of longer texts the printer is quicker. */
const PLAIN = /^[ !#-[\]-~]{0,100}$/;

function canonicalString(text: string): string {
	if (PLAIN.test(text)) return `"${text}"`;
	if (!text.isWellFormed()) throw new TypeError("a string with half a surrogate pair has no canonical form");
	return JSON.stringify(text);
}
