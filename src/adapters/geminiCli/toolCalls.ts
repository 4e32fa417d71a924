import * as z from "zod";
import {
	custom,
	editing,
	folderIn,
	type Input,
	internal,
	mcpCall,
	reading,
	shell,
	type ToolCall,
	take,
} from "../toolCall.ts";

/** Tools that change nothing outside of Gemini: its list, its plan, its questions. A closed list, as of 0.61. */
const INTERNAL = new Set([
	"ask_user",
	"complete_task",
	"enter_plan_mode",
	"exit_plan_mode",
	"get_internal_docs",
	"list_mcp_resources",
	"update_topic",
	"write_todos",
]);

const write = z.strictObject({ file_path: z.string().min(1), content: z.string() });
/** `instruction` says why, for Gemini's own correction of an edit that does not fit. */
const replace = z.strictObject({
	file_path: z.string().min(1),
	instruction: z.string().optional(),
	old_string: z.string(),
	new_string: z.string(),
	allow_multiple: z.boolean().optional(),
});
const command = z.strictObject({
	command: z.string().min(1),
	description: z.string().optional(),
	dir_path: z.string().optional(),
	is_background: z.boolean().optional(),
	delay_ms: z.number().optional(),
});
const readFile = z.object({ file_path: z.string().min(1) });
const search = z.object({ dir_path: z.string().optional() });
const mcp = z.object({ server_name: z.string().min(1), tool_name: z.string().min(1) });

/** @param mcpContext which server an MCP tool is of: its name alone (`mcp_server_tool`) does not tell */
export function toToolCall(name: string, input: Input, cwd: string, mcpContext: unknown): ToolCall {
	const { success, data } = mcp.safeParse(mcpContext);
	if (success) return mcpCall(data.server_name, data.tool_name, input);
	return knownTool(name, input, cwd) ?? custom(name, input);
}

function knownTool(name: string, input: Input, cwd: string): ToolCall | undefined {
	switch (name) {
		case "write_file":
			return take(write, input, ({ file_path, content }) => ({
				action: { tool: "file_write", path: file_path, content, cwd },
				takesEdits: true,
			}));
		case "replace":
			return take(replace, input, (call) => ({
				...editing(call.file_path, cwd, { old: call.old_string, new: call.new_string, all: call.allow_multiple }),
				...(call.instruction ? { intent: call.instruction } : {}),
			}));
		case "run_shell_command":
			return take(command, input, (call) => shell(call.command, folderIn(cwd, call.dir_path), call.description));
		case "read_file":
			return take(readFile, input, ({ file_path }) => reading(file_path, cwd));
		case "list_directory":
		case "glob":
		case "grep_search":
			return take(search, input, ({ dir_path }) => reading(dir_path || cwd, cwd));
	}
	return INTERNAL.has(name) ? internal(name) : undefined;
}
