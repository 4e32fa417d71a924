import * as z from "zod";
import { canonicalJson, type Json } from "../../base/canonicalJson.ts";
import { strictGlobMatcher } from "./globs.ts";
import type { Part } from "./parts.ts";
import { neverARule } from "./programs.ts";
import { argvWords, methodName, pathGlob, ruleId } from "./ruleFields.ts";

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

/**
 * A line of the policy by which something passes without asking. It matches narrowly: what it does not name in full, in
 * every spelling, asks.
 */
export const allowSchema = z
	.strictObject({
		id: ruleId,
		effect: z.literal("allow"),
		tool: z.enum(MAY_ALLOW),
		path: pathGlob.optional(),
		argv: argvWords.optional(),
		cwd: z
			.string()
			.regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[\x20-\x7e]+$/, "a folder below the workspace")
			.optional(),
		scheme: z.enum(["https", "http"]).optional(),
		host: z
			.string()
			.regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/, "one exact host, no wildcard")
			.optional(),
		method: methodName.optional(),
		server: z.string().min(1).optional(),
		name: z.string().min(1).optional(),
		arguments: z.record(z.string(), z.json()).optional(),
		workspace: z.string().startsWith("/", "an absolute folder").optional(),
		session: z.string().min(1).max(500).optional(),
		times: z.int().min(1).max(1000).optional(),
		expires: expiry.optional(),
		paused: z.literal(true).optional(),
	})
	.superRefine((rule, context) => {
		const fields = FIELDS[rule.tool];
		const refuse = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
		const stray = Object.keys(rule).find((key) => !COMMON.includes(key) && !(key in fields));
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

const COMMON = ["id", "effect", "tool", "workspace", "session", "times", "expires", "paused"];

/** What says what a rule covers, by its tool. */
const FIELDS: Readonly<Record<(typeof MAY_ALLOW)[number], Readonly<Record<string, "must" | "may">>>> = {
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
