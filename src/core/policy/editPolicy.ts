import { type Document, isMap, isScalar, isSeq, type Pair, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import type { Allow } from "./allowRules.ts";

/** Changes of a person's own policy file: as small as they can be, so that their comments and their order stay. */

/** The text with one rule more, the last one. @throws Error when it is no YAML */
export function addRule(text: string, rule: Allow): string {
	return edited(text, ({ document, path, block, rules }) => {
		if (rules) rules.items.push(document.createNode(rule));
		else if (block || document.contents === null || path.length > 0) document.setIn([...path, "rules"], [rule]);
		else document.contents = document.createNode({ rules: [rule] }) as never;
		return (found) => withRule(text, found, written(rule));
	});
}

/** The text without that rule. */
export function removeRule(text: string, id: string): string {
	return edited(text, ({ rules }) => {
		const at = indexOf(rules, id);
		if (!rules || at < 0) return () => text;
		rules.items.splice(at, 1);
		return (found) => withoutItem(text, found, at);
	});
}

/** The text with that rule paused, or not paused any more. */
export function setPaused(text: string, id: string, paused: boolean): string {
	return edited(text, ({ rules }) => {
		const rule = rules?.items[indexOf(rules, id)];
		if (!isMap(rule) || rule.has("paused") === paused) return () => text;
		if (paused) rule.set("paused", true);
		else rule.delete("paused");
		return ({ rules: as }) => {
			const map = as?.items[indexOf(as, id)];
			if (!isMap(map)) return undefined;
			return paused ? withPair(text, map, "paused: true") : withoutPair(text, map, "paused");
		};
	});
}

/** Where the rule stands, from 1. */
export function lineOfRule(text: string, id: string): number | undefined {
	const { rules } = look(text);
	const start = rangeOf(rules?.items[indexOf(rules, id)])?.[0];
	return start === undefined ? undefined : text.slice(0, start).split("\n").length;
}

/** A name for a new rule, which no other one has. @param isTaken by one that is not there any more, but is on record */
export function freshId(text: string, wanted: string, isTaken: (id: string) => boolean = () => false): string {
	const { rules } = find(text);
	const plain = wanted.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+/, "");
	const name = plain.slice(0, MAX_NAME).replace(/-+$/, "").toLowerCase() || "rule";
	const isFree = (id: string) => indexOf(rules, id) < 0 && !isTaken(id);
	for (let count = 1; ; count++) {
		const id = count === 1 ? name : `${name}-${count}`;
		if (isFree(id)) return id;
	}
}

/** Leaves room for a number. Characters. */
const MAX_NAME = 32;

interface Found {
	readonly document: Document;
	/** Of the map that holds the keys. */
	readonly path: readonly string[];
	readonly block: YAMLMap | undefined;
	readonly rules: YAMLSeq | undefined;
}

function find(text: string): Found {
	const found = look(text);
	const [error] = found.document.errors;
	if (error) throw new Error(`The policy cannot be changed: ${error.message.split("\n")[0]}`);
	return found;
}

function look(text: string): Found {
	const document = parseDocument(text);
	const root = document.contents;
	const path = isMap(root) && root.has("plugins") ? ["plugins", "approval"] : [];
	const block = path.length > 0 ? document.getIn(path) : root;
	const rules = isMap(block) ? block.get("rules") : undefined;
	return { document, path, block: isMap(block) ? block : undefined, rules: isSeq(rules) ? rules : undefined };
}

/** @param change makes the change in the tree, and returns how it is made in the text; what does not come to the same is not used */
function edited(text: string, change: (found: Found) => (found: Found) => string | undefined): string {
	const wanted = find(text);
	const cut = change(wanted)(find(text));
	if (cut !== undefined && isSame(cut, wanted.document)) return cut;
	return wanted.document.toString({ lineWidth: 0 }).replaceAll("\n", eolOf(text));
}

function isSame(text: string, { contents }: Document): boolean {
	const document = parseDocument(text);
	if (document.errors.length > 0) return false;
	return canonicalJson(document.toJS() as Json) === canonicalJson((contents?.toJSON() ?? null) as Json);
}

function indexOf(rules: YAMLSeq | undefined, id: string): number {
	return rules?.items.findIndex((item) => isMap(item) && item.get("id") === id) ?? -1;
}

const rangeOf = (node: unknown): readonly [number, number, number] | undefined =>
	(node as { range?: [number, number, number] | null } | undefined)?.range ?? undefined;

const eolOf = (text: string) => (text.includes("\r\n") ? "\r\n" : "\n");

/** On one line, as the examples are. */
function written(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
	if (typeof value !== "object" || value === null) return scalar(value);
	const pairs = Object.entries(value).map(([key, of]) => `${scalar(key)}: ${written(of)}`);
	return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

function scalar(value: unknown): string {
	const isPlain = typeof value === "string" && /^([A-Za-z][\w-]*|\d{4}-\d\d-\d\d(T[\d:+-]+Z?)?)$/.test(value);
	return isPlain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value) ? value : JSON.stringify(value);
}

function withRule(text: string, { block, rules, path }: Found, rule: string): string | undefined {
	if (rules?.flow) return withFlowItem(text, rules, rule);
	const last = rules?.items.at(-1);
	if (rules && last) return withLine(text, endOf(text, last), `${" ".repeat(columnOf(text, rules))}- ${rule}`);
	if (rules || block?.flow || (path.length > 0 && !block)) return undefined;
	const indent = block ? " ".repeat(columnOf(text, block)) : "";
	const eol = eolOf(text);
	return withLine(text, text.trimEnd().length, `${indent}rules:${eol}${indent}  - ${rule}`);
}

function withFlowItem(text: string, { items, range }: YAMLSeq, rule: string): string {
	const end = rangeOf(items.at(-1))?.[1];
	if (end !== undefined) return `${text.slice(0, end)}, ${rule}${text.slice(end)}`;
	const start = (range?.[0] ?? 0) + 1;
	return `${text.slice(0, start)}${rule}${text.slice(start)}`;
}

/** A line of its own below the one that holds the place. */
function withLine(text: string, place: number, line: string): string {
	const eol = eolOf(text);
	const next = text.indexOf("\n", place);
	if (next >= 0) return `${text.slice(0, next + 1)}${line}${eol}${text.slice(next + 1)}`;
	return `${text}${text === "" ? "" : eol}${line}${eol}`;
}

/** Of what stands there, without the blank lines that follow. */
function endOf(text: string, node: unknown): number {
	const [start, end] = rangeOf(node) ?? [0, 0];
	return start + text.slice(start, end).trimEnd().length;
}

function columnOf(text: string, node: unknown): number {
	const start = rangeOf(node)?.[0] ?? 0;
	return start - (text.lastIndexOf("\n", start - 1) + 1);
}

function withoutItem(text: string, { block, rules }: Found, at: number): string | undefined {
	const item = rules?.items[at];
	if (!rules || !item) return undefined;
	if (rules.flow) return withoutEntry(text, rules.items, at);
	const from = text.lastIndexOf("\n", rangeOf(item)?.[0] ?? 0) + 1;
	const cut = text.slice(0, from) + text.slice(lineEnd(text, endOf(text, item)));
	if (rules.items.length > 1) return cut;
	// A key without a value is no list.
	const key = block?.items.find((pair) => isScalar(pair.key) && pair.key.value === "rules")?.key;
	const colon = text.indexOf(":", rangeOf(key)?.[1]) + 1;
	return `${cut.slice(0, colon)} []${cut.slice(colon)}`;
}

/** After the line break. */
function lineEnd(text: string, place: number): number {
	const next = text.indexOf("\n", place);
	return next < 0 ? text.length : next + 1;
}

/** One of several between commas: with the comma after it, or, of the last one, before it. */
function withoutEntry(text: string, entries: readonly unknown[], at: number): string {
	const [from, to] = spanOf(entries[at]);
	const comma = at + 1 < entries.length ? to : at > 0 ? spanOf(entries[at - 1])[1] : undefined;
	const without = comma === undefined ? undefined : commaAfter(text, comma);
	const rest = cut(text, from, to);
	if (without === undefined) return rest;
	return without < from ? cut(text, without, to) : cut(text, from, without + 1 + blanksAt(text, without + 1));
}

const cut = (text: string, from: number, to: number) => text.slice(0, from) + text.slice(to);

const blanksAt = (text: string, at: number) => /^ */.exec(text.slice(at))?.[0].length ?? 0;

/** Of an item, or of a key with its value. */
function spanOf(entry: unknown): readonly [number, number] {
	const pair = entry as Partial<Pair> | undefined;
	const key = rangeOf(pair?.key);
	const [from, to] = key ? [key[0], rangeOf(pair?.value)?.[1] ?? key[1]] : (rangeOf(entry) ?? [0, 0]);
	return [from, to];
}

/** Behind blanks and comments. */
function commaAfter(text: string, place: number): number | undefined {
	const found = /^(?:\s|#[^\n]*\n)*,/.exec(text.slice(place));
	return found ? place + found[0].length - 1 : undefined;
}

function withPair(text: string, map: YAMLMap, pair: string): string {
	const [, end] = spanOf(map.items.at(-1));
	if (map.flow) return `${text.slice(0, end)}, ${pair}${text.slice(end)}`;
	return withLine(text, end, `${" ".repeat(columnOf(text, map))}${pair}`);
}

function withoutPair(text: string, map: YAMLMap, name: string): string {
	const at = map.items.findIndex(({ key }) => isScalar(key) && key.value === name);
	if (map.flow) return withoutEntry(text, map.items, at);
	const [from, to] = spanOf(map.items[at]);
	const start = text.lastIndexOf("\n", from) + 1;
	const isAlone = text.slice(start, from).trim() === "";
	return isAlone ? cut(text, start, lineEnd(text, to)) : cut(text, from, to);
}
