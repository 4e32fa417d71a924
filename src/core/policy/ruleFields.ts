import * as z from "zod";
import { GLOB_SAYS, isGlob } from "./globs.ts";

/** What rules of every effect are written with. */

/** The words a policy may use for a tool. */
export const TOOL_WORDS = [
	"file_write",
	"file_delete",
	"file_rename",
	"changes",
	"shell_execute",
	"api_call",
	"send_message",
	"mcp_call",
	"file_read",
	"log_write",
	"custom",
] as const;

/** What each effect does, in a sentence. */
export const EFFECTS = {
	allow: "It passes without asking anybody: only what the rule names exactly.",
	ask: "It asks you, although its tool is free.",
	deny: "It is denied without asking you, and the agent is told the reason.",
} as const;

/** What the fields say that rules of several effects have. */
export const SAYS = {
	id: "The rule's name, in the audit log and for the agent. Letters, digits and -.",
	tool: "What the agent wants to do.",
	path: "A glob. A relative one starts at the workspace; dot files are included.",
	argv: "The words of the command.",
	scheme: "https or http.",
	host: "A host name, or *.host for all below it.",
	exactHost: "One exact host, with its port where it is not the usual one.",
	method: "The HTTP method.",
	server: "The MCP server's name.",
	name: "The tool's name.",
	to: "Who gets the message.",
	agent: "Only what this agent asks. A name is a claim.",
	reason: "What the agent is told, at most 500 characters.",
} as const;

export const ruleId = z
	.string()
	.regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/, "letters, digits and - only, at most 40")
	.describe(SAYS.id);

export const pathGlob = z.string().refine(isGlob, GLOB_SAYS).describe(SAYS.path);

export const argvWords = z
	.array(z.string().regex(/^[^\s;&|()<>`{}"'\\]+$/, "a word of a command: no blanks, quotes or operators"))
	.min(1)
	.describe(SAYS.argv);

export const methodName = z
	.string()
	.regex(/^[A-Za-z]+$/, "an HTTP method")
	.describe(SAYS.method);
