import type { Json } from "./canonicalJson.ts";

/** Why a text is not the JSON we accept, in words for the caller. */
export class JsonError extends Error {}

export const MAX_DEPTH = 64;

/**
 * Parses I-JSON (RFC 7493) and nothing else. `JSON.parse` alone keeps the last of two equal keys, rounds
 * 9007199254740993 and accepts 20,000 nested brackets: each a way to have one thing shown and another one run.
 * @throws JsonError naming what is wrong.
 */
export function parseStrictJson(text: string): Json {
	const keysInText = scan(text);
	let value: Json;
	try {
		value = JSON.parse(text) as Json;
	} catch (error) {
		throw new JsonError(`not JSON: ${(error as Error).message.slice(0, 200)}`);
	}
	if (check(value) !== keysInText) throw new JsonError("an object names the same key twice");
	return value;
}

/** One pass over the text outside of strings: the depth, and how many keys (colons) it holds. */
function scan(text: string): number {
	let depth = 0;
	let keys = 0;
	for (let at = 0; at < text.length; at++) {
		switch (text.charCodeAt(at)) {
			case 0x22 /* " */:
				at = endOfString(text, at);
				break;
			case 0x3a /* : */:
				keys++;
				break;
			case 0x5b /* [ */:
			case 0x7b /* { */:
				if (++depth > MAX_DEPTH) throw new JsonError(`nested deeper than ${MAX_DEPTH} levels`);
				break;
			case 0x5d /* ] */:
			case 0x7d /* } */:
				depth--;
		}
	}
	return keys;
}

/** The closing quote of the string that opens at `open`: the next quote behind an even number of backslashes. */
function endOfString(text: string, open: number): number {
	let at = open;
	for (;;) {
		at = text.indexOf('"', at + 1);
		if (at < 0) return text.length;
		let slashes = 0;
		while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
		if (slashes % 2 === 0) return at;
	}
}

const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/** @returns how many keys it holds */
function check(value: Json): number {
	if (typeof value === "string") checkText(value);
	else if (typeof value === "number") checkNumber(value);
	else if (Array.isArray(value)) return value.reduce<number>((keys, item) => keys + check(item), 0);
	else if (value !== null && typeof value === "object") return checkMembers(value as { [key: string]: Json });
	return 0;
}

function checkMembers(members: { [key: string]: Json }): number {
	let keys = 0;
	// Fresh from the parser: it has no prototype's members but its own kind's, which are not enumerated.
	for (const key in members) {
		if (FORBIDDEN_KEYS.has(key)) throw new JsonError(`the key ${key} is not accepted`);
		checkText(key);
		keys += 1 + check(members[key] as Json);
	}
	return keys;
}

function checkText(text: string): void {
	if (!text.isWellFormed()) throw new JsonError("a string holds half a surrogate pair");
}

function checkNumber(value: number): void {
	if (!Number.isFinite(value)) throw new JsonError("a number is too large");
	if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
		throw new JsonError("an integer is beyond 2^53; send it as a string");
	}
}
