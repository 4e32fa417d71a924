import * as z from "zod";
import type { Json } from "../base/canonicalJson.ts";
import type { Action } from "../protocol/action.ts";
import { Problem } from "../protocol/problem.ts";

/** What a tool call asks for. */
export interface ToolCall {
	readonly action: Action;
	readonly intent?: string;
	/** Whether the agent's dialect can say "write this instead" for this call. */
	readonly takesEdits?: true;
	/** Why it can do more than it shows; it then counts as high. */
	readonly caution?: string;
}

/** A tool's arguments, as the agent names them. */
export type Input = { readonly [key: string]: Json };

/** Of an input that has exactly the shape we know. What has not becomes `custom`: shown whole, asked always. */
export function take<S extends z.ZodType>(
	schema: S,
	input: Input,
	make: (value: z.infer<S>) => ToolCall,
): ToolCall | undefined {
	const result = schema.safeParse(input);
	return result.success ? make(result.data) : undefined;
}

/** A call that is not known, or not in the form that is known. */
export function custom(name: string, input: Input): ToolCall {
	const action = { tool: "custom" as const, name, arguments: input as never };
	return PATH_KEYS.some((key) => typeof input[key] === "string") ? { action, caution: NAMES_A_FILE } : { action };
}

const PATH_KEYS = ["file_path", "filePath", "notebook_path", "path"];
const NAMES_A_FILE =
	"It names a file, in a form that cannot be shown as a change: nothing is known of what protects the file.";

export const shell = (command: string, cwd: string, intent?: string): ToolCall => ({
	action: { tool: "shell_execute", command, cwd },
	...(intent ? { intent } : {}),
});

export const reading = (path: string, cwd: string): ToolCall => ({ action: { tool: "file_read", path, cwd } });

/** One text of a file replaced by another; an empty old text is how agents make a new file. */
export function editing(
	path: string,
	cwd: string,
	edit: { old: string; new: string; all?: boolean | undefined },
): ToolCall {
	if (edit.old === "") return { action: { tool: "file_write", path, content: edit.new, cwd } };
	const edits = [{ old: edit.old, new: edit.new, ...(edit.all ? { all: true } : {}) }];
	return { action: { tool: "file_write", path, edits, cwd } };
}

/** A tool that changes nothing outside of the agent itself. */
export const internal = (name: string): ToolCall => ({ action: { tool: "log_write", text: name } });

export const mcpCall = (server: string, name: string, input: Input): ToolCall => ({
	action: { tool: "mcp_call", server, name, arguments: input as never },
});

/** `mcp__server__tool`, as most agents write it. */
export function namedMcpCall(name: string, input: Input): ToolCall | undefined {
	const mcp = /^mcp__(.+?)__(.+)$/.exec(name);
	return mcp?.[1] && mcp[2] ? mcpCall(mcp[1], mcp[2], input) : undefined;
}

/** A folder that a call names, in the one it is called from. What climbs is left to climb: the gate refuses it. */
export function folderIn(cwd: string, given: string | undefined): string {
	if (!given) return cwd;
	return given.startsWith("/") ? given : `${cwd.replace(/\/$/, "")}/${given}`;
}

export const toolInput = z.record(z.string(), z.json());

/** @throws Problem in words for the model and the person who will look for the cause */
export function readPayload<S extends z.ZodType>(schema: S, payload: Json): z.infer<S> {
	const result = schema.safeParse(payload);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	throw new Problem(
		"bad_request",
		`Countersign cannot read this hook payload (${issue?.path.join(".") || "payload"}: ${issue?.message}); the call is denied.`,
	);
}

export const unknownEvent = (event: string): Problem =>
	new Problem("bad_request", `Countersign does not know the event ${event} of a tool call; it is denied.`);

/** A field of a payload that has not been checked yet. */
export function field(payload: Json, name: string): Json | undefined {
	if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return undefined;
	return Object.hasOwn(payload, name) ? (payload as Input)[name] : undefined;
}

/** An error text for the audit log, cut, and not in the middle of a character. */
export const detailOf = (text: string): string => text.slice(0, 1000).toWellFormed();
