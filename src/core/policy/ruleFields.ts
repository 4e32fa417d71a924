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

export const ruleId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/, "letters, digits and - only, at most 40");

export const pathGlob = z.string().refine(isGlob, GLOB_SAYS);

export const argvWords = z
	.array(z.string().regex(/^[^\s;&|()<>`{}"'\\]+$/, "a word of a command: no blanks, quotes or operators"))
	.min(1);

export const methodName = z.string().regex(/^[A-Za-z]+$/, "an HTTP method");
