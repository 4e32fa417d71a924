import * as z from "zod";
import type { Action } from "../../protocol/action.ts";
import type { PathFacts } from "../ports.ts";
import { foldPath } from "./fold.ts";
import { globMatcher } from "./globs.ts";
import { argvWords, EFFECTS, methodName, pathGlob, ruleId, SAYS, TOOL_WORDS } from "./ruleFields.ts";

/**
 * A line of the policy that tightens it: what it names is denied, or asks although its tool is free. It matches broadly,
 * by every spelling: what it catches too much, a person lets through; it is no boundary for what a shell makes of text.
 */
export const ruleSchema = z
	.strictObject({
		id: ruleId,
		effect: z.enum(["ask", "deny"]).describe(`ask: ${EFFECTS.ask} deny: ${EFFECTS.deny}`),
		tool: z.enum(TOOL_WORDS).describe(SAYS.tool),
		path: pathGlob.optional(),
		argv: argvWords.optional(),
		host: z
			.string()
			.regex(/^(\*\.)?[A-Za-z0-9.-]+$/, "a host name, or *.host")
			.describe(SAYS.host)
			.optional(),
		method: methodName.optional(),
		server: z.string().min(1).describe(SAYS.server).optional(),
		name: z.string().min(1).describe(SAYS.name).optional(),
		to: z.string().min(1).describe(SAYS.to).optional(),
		agent: z.string().min(1).describe(SAYS.agent).optional(),
		reason: z.string().min(1).max(500).describe(SAYS.reason).optional(),
	})
	.superRefine((rule, context) => {
		const may = [...RULE_FIELDS[rule.tool], ...RULE_COMMON];
		const stray = Object.keys(rule).find((key) => !may.includes(key));
		if (stray) context.addIssue({ code: "custom", path: [stray], message: `${rule.tool} has no ${stray}` });
	});

export type Rule = z.infer<typeof ruleSchema>;

/** What a rule of any tool may say. */
export const RULE_COMMON: readonly string[] = ["id", "effect", "tool", "agent", "reason"];

/** What narrows a rule, by its tool. */
export const RULE_FIELDS: Readonly<Record<(typeof TOOL_WORDS)[number], readonly string[]>> = {
	file_write: ["path"],
	file_delete: ["path"],
	file_rename: ["path"],
	file_read: ["path"],
	changes: ["path"],
	shell_execute: ["argv"],
	api_call: ["host", "method"],
	send_message: ["to"],
	mcp_call: ["server", "name"],
	log_write: [],
	custom: ["name"],
};

export type Matches = (action: Action, paths: readonly PathFacts[], agent: string) => boolean;

/** @param folder where relative globs start */
export function ruleMatcher(rule: Rule, folder: string): Matches {
	const onPath = rule.path === undefined ? undefined : globMatcher(rule.path, folder);
	return (action, paths, agent) => {
		if (rule.agent !== undefined && rule.agent !== agent) return false;
		if (action.tool !== rule.tool && !(action.tool === "changes" && holds(action, rule.tool))) return false;
		if (onPath) return paths.some((facts) => spellings(facts).some(onPath));
		return fits(rule, action);
	};
}

const holds = (action: Extract<Action, { tool: "changes" }>, tool: string) =>
	action.changes.some((part) => part.tool === tool);

export const spellings = (facts: PathFacts): string[] =>
	facts.lexical === facts.canonical ? [foldPath(facts.lexical)] : [foldPath(facts.lexical), foldPath(facts.canonical)];

function fits(rule: Rule, action: Action): boolean {
	switch (action.tool) {
		case "shell_execute":
			return (
				rule.argv === undefined ||
				runs(rule.argv, action.argv?.flatMap((word) => [word, ...wordsOf(word)]) ?? wordsOf(action.command ?? ""))
			);
		case "api_call":
			return isHost(rule.host, action.url) && is(rule.method, action.method);
		case "mcp_call":
			return is(rule.server, action.server) && is(rule.name, action.name);
		case "send_message":
			return is(rule.to, action.to);
		case "custom":
			return is(rule.name, action.name);
		default:
			return true;
	}
}

const is = (wanted: string | undefined, found: string) =>
	wanted === undefined || wanted.toLowerCase() === found.toLowerCase();

/** A command line in words, without what a shell takes away: quotes and backslashes join words, operators part them. */
const wordsOf = (command: string): string[] =>
	command
		.replace(/\\\r?\n/g, "")
		.replace(/["'\\]/g, "")
		.split(/[\s;&|()<>`{}]+|\$\(/)
		.filter((word) => word !== "");

/** Whether the words stand among them in this order; the first by the program's own name, wherever it lies. */
function runs([program = "", ...rest]: readonly string[], words: readonly string[]): boolean {
	let wanted = 0;
	let isStarted = false;
	for (const word of words) {
		if (!isStarted) isStarted = word === program || word.endsWith(`/${program}`);
		else if (word === rest[wanted]) wanted++;
		if (isStarted && wanted === rest.length) return true;
	}
	return false;
}

/** A URL that cannot be read is taken for the worst. */
function isHost(wanted: string | undefined, url: string): boolean {
	if (wanted === undefined) return true;
	let host: string;
	try {
		host = new URL(url).hostname.toLowerCase().replace(/\.$/, "");
	} catch {
		return true;
	}
	const name = wanted.toLowerCase();
	return name.startsWith("*.") ? host.endsWith(name.slice(1)) || host === name.slice(2) : host === name;
}
