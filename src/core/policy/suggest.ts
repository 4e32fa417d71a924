import { EFFECTS } from "./ruleFields.ts";
import { fieldSchemas, keySchemas, type Schema } from "./schema.ts";

/** One word that may stand at a place of a policy file. */
export interface Suggestion {
	readonly word: string;
	readonly kind: "key" | "value";
	readonly description: string;
}

type Properties = Readonly<Record<string, Schema>>;

/** @param line, column from 0: what is left of them is written already, but for a word that is being typed */
export function suggest(text: string, line: number, column: number): Suggestion[] {
	const lines = text.split(/\r?\n/);
	const left = (lines[line] ?? "").slice(0, column);
	if (/#/.test(left.replace(/(["']).*?\1/g, ""))) return [];
	const keys = keySchemas();
	const section = sectionAt(lines, line, keys);
	if (!section || isNewKey(left, section)) return unused(keys, lines);
	if (section.key === "rules") return inRule(lines, line, left);
	return valuesOf(keys[section.key]);
}

/** What the word there means; undefined: nothing that a policy knows. */
export function explain(text: string, line: number, word: string): string | undefined {
	const lines = text.split(/\r?\n/);
	const keys = keySchemas();
	if (sectionAt(lines, line, keys)?.key === "rules" && word !== "rules") {
		const fields = fieldsAt(lines, line);
		return Object.hasOwn(fields, word) ? fields[word]?.description : undefined;
	}
	return Object.hasOwn(keys, word) ? keys[word]?.description : undefined;
}

interface Section {
	readonly key: string;
	readonly indent: number;
	readonly line: number;
}

/** The key that a line belongs to: the nearest one above it, or its own. */
function sectionAt(lines: readonly string[], line: number, keys: Properties): (Section & { own: boolean }) | undefined {
	for (let at = line; at >= 0; at--) {
		const [, indent = "", key = ""] = /^(\s*)(\w+)\s*:/.exec(lines[at] ?? "") ?? [];
		if (Object.hasOwn(keys, key)) return { key, indent: indent.length, line: at, own: at === line };
	}
	return undefined;
}

/** A word alone, not farther in than the key above it. */
const isNewKey = (left: string, { indent, own }: Section & { own: boolean }) =>
	!own && /^\s*\w*$/.test(left) && (/^\s*/.exec(left)?.[0].length ?? 0) <= indent;

function unused(keys: Properties, lines: readonly string[]): Suggestion[] {
	const used = new Set(lines.map((text) => /^\s*(\w+)\s*:/.exec(text)?.[1]));
	return asKeys(keys).filter(({ word }) => !used.has(word));
}

const EVERY_EFFECT: Suggestion[] = Object.entries(EFFECTS).map(([word, description]) => ({
	word,
	kind: "value",
	description,
}));

function inRule(lines: readonly string[], line: number, left: string): Suggestion[] {
	const fields = fieldsAt(lines, line);
	const [, field] = /(?:^|[\s{,-])(\w+):\s*["']?\w*$/.exec(left) ?? [];
	if (field === "effect") return EVERY_EFFECT;
	if (field !== undefined) return valuesOf(Object.hasOwn(fields, field) ? fields[field] : undefined);
	if (!/(?:^\s*|[{,]\s*|-\s+)\w*$/.test(left)) return [];
	const used = ruleAt(lines, line);
	return asKeys(fields).filter(({ word }) => !new RegExp(`\\b${word}:`).test(used));
}

function fieldsAt(lines: readonly string[], line: number): Properties {
	const rule = ruleAt(lines, line);
	const [effect, tool] = [/\beffect:\s*(\w+)/.exec(rule)?.[1], /\btool:\s*(\w+)/.exec(rule)?.[1]];
	return fieldSchemas(effect === "allow" || effect === "ask" || effect === "deny" ? effect : undefined, tool);
}

/** The text of the rule that a line is part of: from its dash to the next one. */
function ruleAt(lines: readonly string[], line: number): string {
	const isStart = (text = "") => /^\s*-(\s|$)/.test(text) || /^\s*rules\s*:/.test(text);
	let [from, to] = [line, line + 1];
	while (from > 0 && !isStart(lines[from])) from--;
	while (to < lines.length && !isStart(lines[to]) && !/^\w/.test(lines[to] ?? "")) to++;
	return lines.slice(from, to).join("\n");
}

const asKeys = (schemas: Properties): Suggestion[] =>
	Object.entries(schemas).map(([word, { description = "" }]) => ({ word, kind: "key", description }));

function valuesOf(schema: Schema | undefined): Suggestion[] {
	if (!schema) return [];
	const { description = "" } = schema;
	const words = [schema, ...(schema.items ? [schema.items] : []), ...(schema.anyOf ?? [])].flatMap(
		({ enum: listed = [], const: only, type }) => [
			...listed,
			...(only === undefined ? [] : [only]),
			...(type === "null" ? [null] : []),
		],
	);
	return [...new Set(words.map(String))].map((word) => ({ word, kind: "value", description }));
}
