import {
	type Alias,
	type Document,
	isMap,
	isPair,
	isScalar,
	isSeq,
	LineCounter,
	type Node,
	type Pair,
	parseDocument,
	visit,
	type YAMLMap,
} from "yaml";
import * as z from "zod";
import { sha256 } from "../../base/hash.ts";
import { type Allow, allowRule, allowSchema } from "./allowRules.ts";
import { globMatcher } from "./globs.ts";
import { FREE_WORDS, type Origin, type Policy } from "./policy.ts";
import { pathGlob, TOOL_WORDS } from "./ruleFields.ts";
import { type Rule, ruleMatcher, ruleSchema } from "./rules.ts";

/** One thing that is wrong with a policy file, and what to write instead. `line` counts from 1. */
export interface PolicyError {
	readonly line: number;
	readonly message: string;
	readonly remedy: string;
}

const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, "not a duration");
/** More than anybody reads; each glob is compiled. */
const MOST = 1000;
/** Of brackets and braces in each other. */
const DEEPEST = 100;
const toolList = z.array(z.enum(TOOL_WORDS)).max(MOST);

export const KEYS = {
	enabled: z.literal(true).describe("Only true: there is no switch that turns the gate off."),
	require_approval: toolList.describe("The tools that ask. One that stands in neither list asks, too."),
	free: z
		.array(z.enum(FREE_WORDS))
		.max(MOST)
		.describe("What passes without asking: file_read, log_write and nothing else. Each is still a record."),
	channels: z.array(z.enum(["editor", "terminal", "telegram", "discord"])).describe("Where reviewers decide."),
	auto_approve_after: z.null().describe("Only null: time never approves anything."),
	remind_after: z.array(duration).describe("When reviewers are told again of what waits, for example [1m, 5m, 15m]."),
	expire_after: duration
		.nullable()
		.describe("null, or how long a request may wait before it is denied, for example 8h."),
	roots: z
		.array(z.string().startsWith("/", "a root is an absolute folder"))
		.max(MOST)
		.describe("Absolute folders outside the workspace that count as normal."),
	protect: z
		.array(pathGlob)
		.max(MOST)
		.describe("Globs that only the editor may approve. Relative ones start at the workspace; dot files are included."),
	rules: z
		.array(z.union([allowSchema, ruleSchema]))
		.max(MOST)
		.describe("What passes, asks or is denied by itself. Deny wins over ask, ask over allow."),
} as const;

/** What only the user's own file may say: it widens, or it is about the person. */
const USERS_ALONE: readonly string[] = ["roots", "channels", "remind_after"];

const RULE =
	'A rule is { id: no-force-push, effect: deny, tool: shell_execute, argv: [git, push, --force], reason: "Open a PR." }: effect ask or deny, and what its tool knows: path, argv, host and method, server and name, to; agent narrows it.';
const ALLOW =
	'A rule that allows is { id: docs, effect: allow, tool: file_write, path: "docs/**/*.md", expires: 2027-01-31 }. A file tool needs path, shell_execute argv, api_call scheme, host and method, mcp_call server, name and arguments; workspace, session, times, expires and paused make it narrower. No agent: a name is a claim.';

const YAML = "Write YAML: `key: value`, lists as [a, b] or one `- item` a line, each key once.";

const REMEDIES: Readonly<Record<string, string>> = {
	enabled: "There is no switch that turns the gate off. Remove the line, or stop the gate itself.",
	require_approval: `Write a list of: ${TOOL_WORDS.join(", ")}.`,
	free: "Only file_read and log_write may be free. To pass something else, write a rule for exactly that.",
	channels: "Write a list of: editor, terminal, telegram, discord.",
	auto_approve_after:
		"Time never approves anything. Write null; use remind_after to be reminded, or expire_after to deny what waited too long.",
	auto_approve_during:
		"There is no bypass: a deployment is when approval is needed most. Remove the line; write a rule for what you really want to pass.",
	remind_after: "Write a list of durations, for example [1m, 5m, 15m].",
	expire_after: "Write null, or a duration after which a waiting request is denied, for example 8h.",
	roots: "Write a list of absolute folders, for example [/etc/cache].",
	protect:
		'Write a list of globs, for example ["/etc/**", "**/production/**"]; ~ is not expanded, and a name has at most two *.',
	rules: `${RULE} At most ${MOST} of them.`,
};

export type ParsedPolicy = { readonly policy: Policy } | { readonly errors: readonly PolicyError[] };

/**
 * Reads `policy.yaml` in the article's words: its keys at the top level, or under `plugins.approval`.
 * @param folder the workspace folder, where relative globs start
 */
export function parsePolicy(text: string, folder: string, origin: Origin = "user"): ParsedPolicy {
	const deep = tooDeep(text);
	if (deep) return { errors: [deep] };
	const lines = new LineCounter();
	const document = parseDocument(text, {
		lineCounter: lines,
		uniqueKeys: false,
		maxAliasCount: 0,
		logLevel: "error",
	} as never);
	const lineOf = (node: unknown) => lines.linePos((node as Node | undefined)?.range?.[0] ?? 0).line || 1;
	const wrong = [...yamlErrors(document), ...doubleKeys(document, lineOf)];
	if (wrong.length > 0) return { errors: wrong };
	const { contents } = document;
	if (contents === null || (isScalar(contents) && contents.value === null))
		return { policy: toPolicy({}, text, folder, origin) };
	const found = approvalBlock(contents, lineOf);
	if ("errors" in found) return found;

	const { values, errors } = readBlock(found.block, origin, lineOf);
	if (errors.length === 0) errors.push(...aliasErrors(document, lineOf));
	return errors.length > 0 ? { errors } : { policy: toPolicy(values, text, folder, origin) };
}

function readBlock(
	block: YAMLMap,
	origin: Origin,
	lineOf: (node: unknown) => number,
): { values: Values; errors: PolicyError[] } {
	const errors: PolicyError[] = [];
	const values: Values = {};
	for (const pair of block.items) {
		if (isScalar(pair.key) && pair.key.value === "rules" && isSeq(pair.value) && pair.value.items.length <= MOST) {
			const { rules, wrong } = readRules(pair.value.items, origin);
			values.rules = rules;
			for (const { node, ...error } of wrong) errors.push({ line: lineOf(node), ...error });
			continue;
		}
		const error = readPair(pair, values, origin);
		if (error) errors.push({ line: lineOf(pair.key), ...error });
	}
	return { values, errors };
}

/** Before it is read: 256 KiB of brackets would take a reader of YAML seconds. */
function tooDeep(text: string): PolicyError | undefined {
	let depth = 0;
	for (let at = 0; at < text.length && depth <= DEEPEST; at++) {
		const sign = text[at];
		if (sign === "[" || sign === "{") depth++;
		else if (sign === "]" || sign === "}") depth--;
		if (depth > DEEPEST)
			return { line: text.slice(0, at).split("\n").length, message: "nested too deeply", remedy: YAML };
	}
	return undefined;
}

/** A tag that is not known is only a warning to a reader of YAML, and its value another one than what stands there. */
function yamlErrors({ errors, warnings }: Document): PolicyError[] {
	return [...errors, ...warnings].map((error) => ({
		line: error.linePos?.[0].line ?? 1,
		message: error.message.split("\n")[0] ?? "not YAML",
		remedy: YAML,
	}));
}

/** The reader's own look for them compares each with each, and would take seconds for a file that is made so. */
function doubleKeys(document: Document, lineOf: (node: unknown) => number): PolicyError[] {
	const errors: PolicyError[] = [];
	const look = (_: unknown, map: YAMLMap) => {
		const seen = new Set<string>();
		for (const { key } of map.items) {
			const name = isScalar(key) ? String(key.value) : undefined;
			if (name === undefined) continue;
			if (seen.has(name)) errors.push({ line: lineOf(key), message: "Map keys must be unique", remedy: YAML });
			seen.add(name);
		}
	};
	visit(document, { Map: look });
	return errors;
}

function aliasErrors(document: Document, lineOf: (node: unknown) => number): PolicyError[] {
	const aliases: Alias[] = [];
	visit(document, { Alias: (_, alias) => void aliases.push(alias) });
	return aliases.map((alias) => ({
		line: lineOf(alias),
		message: `*${alias.source} stands for what is written elsewhere`,
		remedy: "Write it out: what a rule says stands in the rule.",
	}));
}

type Wrong = Omit<PolicyError, "line"> & { readonly node: unknown };

/** Each by itself: what is wrong with one has that one's line. */
function readRules(nodes: readonly unknown[], origin: Origin): { rules: (Rule | Allow)[]; wrong: Wrong[] } {
	const rules: (Rule | Allow)[] = [];
	const wrong: Wrong[] = [];
	for (const node of nodes) {
		const rule = readRule((node as Node | null)?.toJSON() ?? null, origin);
		if ("message" in rule) wrong.push({ node, ...rule });
		else if (rules.some((other) => other.id === rule.id)) {
			wrong.push({
				node,
				message: `the rule "${rule.id}" is there twice`,
				remedy: "Give each rule an id of its own.",
			});
		} else rules.push(rule);
	}
	return { rules, wrong };
}

function readRule(value: unknown, origin: Origin): Rule | Allow | Omit<PolicyError, "line"> {
	const { id, effect } = (value ?? {}) as { id?: unknown; effect?: unknown };
	const name = typeof id === "string" ? ` ${JSON.stringify(id.slice(0, 40))}` : "";
	const isAllow = effect === "allow";
	if (isAllow && origin !== "user") return { message: `the rule${name} would allow`, remedy: NO_ALLOW[origin] };
	const result = isAllow ? allowSchema.safeParse(value) : ruleSchema.safeParse(value);
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	const where = issue?.path.join(".");
	return {
		message: `the rule${name} is refused: ${where ? `${where}: ` : ""}${issue?.message}`,
		remedy: isAllow ? ALLOW : RULE,
	};
}

const NO_ALLOW = {
	repository: "A repository may only ask or deny. Remove the rule; whoever wants it writes it into their own policy.",
	managed: "A managed policy may only ask or deny. Remove the rule; whoever wants it writes it into their own policy.",
} as const;

type Values = { -readonly [K in keyof typeof KEYS]?: z.infer<(typeof KEYS)[K]> };

function readPair(pair: Pair, values: Values, origin: Origin): Omit<PolicyError, "line"> | undefined {
	const key = isScalar(pair.key) ? String(pair.key.value) : "?";
	const value = (pair.value as Node | null)?.toJSON() ?? null;
	const shown = JSON.stringify(value)?.slice(0, 80);
	if (!Object.hasOwn(KEYS, key)) {
		if (Object.hasOwn(REMEDIES, key)) return { message: `${key} is refused`, remedy: REMEDIES[key] ?? "" };
		return { message: `unknown key ${JSON.stringify(key)}`, remedy: `The keys are: ${Object.keys(KEYS).join(", ")}.` };
	}
	if (origin !== "user" && USERS_ALONE.includes(key)) {
		return {
			message: `${key} is refused here`,
			remedy: `Only a person's own policy may say ${key}; this file may only ask or deny.`,
		};
	}
	const known = key as keyof typeof KEYS;
	const result = KEYS[known].safeParse(value);
	if (!result.success) return { message: `${key}: ${shown} is refused`, remedy: REMEDIES[key] ?? "" };
	(values as Record<string, unknown>)[known] = result.data;
	return undefined;
}

/** The map that holds the keys: the top level, or `plugins.approval` when there is nothing else beside it. */
function approvalBlock(
	root: unknown,
	lineOf: (node: unknown) => number,
): { block: YAMLMap } | { errors: PolicyError[] } {
	const refuse = (node: unknown, message: string, remedy: string) => ({
		errors: [{ line: lineOf(node), message, remedy }],
	});
	if (!isMap(root)) return refuse(root, "the file is not a map of keys", "Write `require_approval: [file_write, …]`.");
	const plugins = root.items.find((pair) => isScalar(pair.key) && pair.key.value === "plugins");
	if (!plugins) return { block: root };
	const other = root.items.find((pair) => pair !== plugins);
	if (other)
		return refuse(
			other.key,
			"a key stands beside plugins",
			"Put every key under plugins.approval, or every key at the top level.",
		);
	if (!isMap(plugins.value))
		return refuse(plugins.key, "plugins is not a map", "Write `plugins:` and, below it, `approval:`.");
	const approval = plugins.value.items.find(
		(pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === "approval",
	);
	const stranger = plugins.value.items.find((pair) => pair !== approval);
	if (stranger) return refuse(stranger.key, "only approval is read under plugins", "Remove the other key.");
	if (!approval || !isMap(approval.value))
		return refuse(plugins.key, "plugins has no approval block", "Write `approval:` and its keys below it.");
	return { block: approval.value };
}

function toPolicy(values: Values, text: string, folder: string, from: Origin): Policy {
	const protect = values.protect ?? [];
	const rules = values.rules ?? [];
	return {
		hash: sha256(text),
		requireApproval: new Set(values.require_approval ?? []),
		free: new Set(values.free ?? FREE_WORDS),
		channels: values.channels ?? [],
		remindAfter: (values.remind_after ?? []).map(milliseconds).sort((one, other) => one - other),
		expireAfter: values.expire_after ? { ms: milliseconds(values.expire_after), words: values.expire_after } : null,
		roots: (values.roots ?? []).map((root) => root.replace(/(?<=.)\/+$/, "")),
		protect,
		isProtected: anyOf(protect.map((glob) => globMatcher(glob, folder))),
		rules: rules.flatMap((rule) =>
			rule.effect === "allow" ? [] : [{ ...rule, from, matches: ruleMatcher(rule, folder) }],
		),
		allows: rules.flatMap((rule) => (rule.effect === "allow" ? [allowRule(rule, folder)] : [])),
	};
}

/** @param duration as the schema takes it: `90s`, `8h` */
function milliseconds(duration: string): number {
	const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[duration.replace(/\d+/, "")] ?? Number.NaN;
	return Number.parseInt(duration, 10) * unit;
}

const anyOf =
	(matchers: readonly ((path: string) => boolean)[]) =>
	(path: string): boolean =>
		matchers.some((matches) => matches(path));
