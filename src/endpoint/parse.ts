import type * as z from "zod";
import { messageOf } from "../base/errors.ts";
import { parseStrictJson } from "../base/strictJson.ts";
import { Problem } from "../protocol/problem.ts";

/** Bytes to a value of a schema. @throws Problem bad_request naming the place and what is wrong there. */
export function parseBody<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.infer<S> {
	return parseWith(schema, parseJson(bytes));
}

export function parseJson(bytes: Uint8Array) {
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new Problem("bad_request", "The message is not UTF-8.");
	}
	return parseText(text);
}

export function parseText(text: string) {
	try {
		return parseStrictJson(text);
	} catch (error) {
		throw new Problem("bad_request", `The message is refused: ${messageOf(error)}.`);
	}
}

export function parseWith<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	throw new Problem(
		"bad_request",
		`The message is refused: ${result.error.issues.slice(0, 3).map(describe).join("; ")}.`,
	);
}

function describe(issue: z.core.$ZodIssue): string {
	const at = issue.path.length > 0 ? issue.path.map(String).join(".") : "the message";
	if (issue.code === "unrecognized_keys")
		return `${at} has a field that is not known: ${issue.keys.slice(0, 5).join(", ")}`;
	return `${at}: ${issue.message}`;
}
