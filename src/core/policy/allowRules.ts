import * as z from "zod";
import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { isStrictGlob, STRICT_GLOB_SAYS, strictGlobMatcher } from "./globs.ts";
import type { Part } from "./parts.ts";
import { neverARule } from "./programs.ts";
import { argvWords, EFFECTS, methodName, pathGlob, ruleId, SAYS } from "./ruleFields.ts";

/** The tools that a rule may allow. What nobody can read from a request's own text is left to a person. */
export const MAY_ALLOW = [
	"file_read",
	"file_write",
	"file_delete",
	"file_rename",
	"shell_execute",
	"api_call",
	"mcp_call",
] as const;

const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/;

const expiry = z
	.string()
	.regex(MOMENT, "a day or a moment, 2026-12-01 or 2026-12-01T14:05")
	.refine((text) => !Number.isNaN(timeOf(text)), "there is no such day");

const FIELD = {
	cwd: "The folder below the workspace in which the command starts; left out: the workspace itself.",
	workspace: "Only in this folder, by its absolute path.",
	session: "Only in this session of an agent.",
	times: "So often, counted in the workspace; then it asks again.",
	expires: "Until this day or moment; from then on it asks again.",
	paused: "It is there, and allows nothing.",
	arguments: "All arguments of the call, exactly.",
} as const;

/**
 * A line of the policy by which something passes without asking. It matches narrowly: what it does not name in full, in
 * every spelling, asks.
 */
export const allowSchema = z
	.strictObject({
		id: ruleId,
		effect: z.literal("allow").describe(EFFECTS.allow),
		tool: z.enum(MAY_ALLOW).describe(SAYS.tool),
		path: pathGlob.refine(isStrictGlob, STRICT_GLOB_SAYS).describe(SAYS.path).optional(),
		argv: argvWords.optional(),
		cwd: z
			.string()
			.regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[\x20-\x7e]+$/, "a folder below the workspace")
			.describe(FIELD.cwd)
			.optional(),
		scheme: z.enum(["https", "http"]).describe(SAYS.scheme).optional(),
		host: z
			.string()
			.regex(/^[a-z0-9.-]+(:\d{1,5})?$/, "one exact host in lower case, no wildcard")
			.refine(isHost, "a host as a URL names it: 127.0.0.1, not 127.1")
			.describe(SAYS.exactHost)
			.optional(),
		method: methodName.optional(),
		server: z.string().min(1).describe(SAYS.server).optional(),
		name: z.string().min(1).describe(SAYS.name).optional(),
		arguments: z.record(z.string(), z.json()).describe(FIELD.arguments).optional(),
		workspace: z.string().startsWith("/", "an absolute folder").describe(FIELD.workspace).optional(),
		session: z.string().min(1).max(500).describe(FIELD.session).optional(),
		times: z.int().min(1).max(1000).describe(FIELD.times).optional(),
		expires: expiry.describe(FIELD.expires).optional(),
		paused: z.literal(true).describe(FIELD.paused).optional(),
	})
	.superRefine((rule, context) => {
		const fields = ALLOW_FIELDS[rule.tool];
		const refuse = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
		const stray = Object.keys(rule).find((key) => !ALLOW_COMMON.includes(key) && !(key in fields));
		if (stray) return refuse(stray, `${rule.tool} has no ${stray}`);
		const missing = Object.keys(fields).find((key) => fields[key] === "must" && !(key in rule));
		if (missing) return refuse(missing, `a rule that allows ${rule.tool} must say its ${missing}`);
		const never = rule.argv && neverARule(rule.argv);
		if (never) return refuse("argv", never);
		if (rule.times !== undefined && rule.workspace === undefined) {
			refuse("times", "what is counted is counted in one workspace: say which");
		}
	});

export type Allow = z.infer<typeof allowSchema>;

/** What a rule of any tool may say. */
export const ALLOW_COMMON: readonly string[] = [
	"id",
	"effect",
	"tool",
	"workspace",
	"session",
	"times",
	"expires",
	"paused",
];

/** What says what a rule covers, by its tool. */
export const ALLOW_FIELDS: Readonly<Record<(typeof MAY_ALLOW)[number], Readonly<Record<string, "must" | "may">>>> = {
	file_read: { path: "must" },
	file_write: { path: "must" },
	file_delete: { path: "must" },
	file_rename: { path: "must" },
	shell_execute: { argv: "must", cwd: "may" },
	api_call: { scheme: "must", host: "must", method: "must" },
	mcp_call: { server: "must", name: "must", arguments: "must" },
};

/** A rule that allows, ready to be asked. */
export interface AllowRule {
	readonly rule: Allow;
	/** Wall time, ms; undefined: until it is deleted. */
	readonly expires: number | undefined;
	readonly covers: (part: Part) => boolean;
}

export function allowRule(rule: Allow, folder: string): AllowRule {
	const expires = rule.expires === undefined ? undefined : timeOf(rule.expires);
	const isHere = rule.workspace === undefined || rule.workspace === folder;
	const fits = coverage(rule, folder);
	return { rule, expires, covers: (part) => isHere && part.tool === rule.tool && fits(part) };
}

function coverage(rule: Allow, folder: string): (part: Part) => boolean {
	const onPath = rule.path === undefined ? () => false : strictGlobMatcher(rule.path, folder);
	const cwd = rule.cwd === undefined ? folder : `${folder.replace(/\/$/, "")}/${rule.cwd.replace(/\/+$/, "")}`;
	const given = rule.arguments && canonicalJson(rule.arguments as Json);
	return (part) => {
		switch (part.tool) {
			case "shell_execute":
				return part.cwd === cwd && isSame(part.argv, rule.argv ?? []);
			case "api_call":
				return part.method === rule.method?.toUpperCase() && part.origin === originOf(rule);
			case "mcp_call":
				return (
					part.server === rule.server && part.name === rule.name && canonicalJson(part.arguments as Json) === given
				);
			default:
				return part.paths.length > 0 && part.paths.every(onPath);
		}
	};
}

const originOf = ({ scheme, host }: Allow) => new URL(`${scheme}://${host}`).origin;

/** Not one that readers of URLs take for another one. */
function isHost(host: string): boolean {
	const url = `https://${host}/`;
	return URL.canParse(url) && new URL(url).hostname === host.replace(/:\d+$/, "");
}

const isSame = (one: readonly string[], other: readonly string[]) =>
	one.length === other.length && one.every((word, index) => word === other[index]);

/** A day ends a rule when it begins, where the person is. */
function timeOf(text: string): number {
	const moment = text.includes("T") ? text : `${text}T00:00`;
	const time = Date.parse(moment);
	// The 31st of February would silently be a day of March.
	const day = Number(text.slice(8, 10));
	const [year = 0, month = 0] = text.split("-").map((part) => Number.parseInt(part, 10));
	return new Date(year, month - 1, day).getDate() === day ? time : Number.NaN;
}
