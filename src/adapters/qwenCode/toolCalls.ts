import * as z from "zod";
import {
	custom,
	editing,
	folderIn,
	type Input,
	internal,
	namedMcpCall,
	reading,
	shell,
	type ToolCall,
	take,
} from "../toolCall.ts";

/** Tools that change nothing outside of Qwen Code: its list, its plan, its questions. A closed list, as of 0.24. */
const INTERNAL = new Set([
	"ask_user_question",
	"enter_plan_mode",
	"exit_plan_mode",
	"get_goal",
	"list_agents",
	"task_list",
	"todo_write",
	"tool_search",
	"update_goal",
]);

const write = z.strictObject({ file_path: z.string().min(1), content: z.string() });
const edit = z.strictObject({
	file_path: z.string().min(1),
	old_string: z.string(),
	new_string: z.string(),
	replace_all: z.boolean().optional(),
});
const command = z.strictObject({
	command: z.string().min(1),
	description: z.string().optional(),
	directory: z.string().optional(),
	is_background: z.boolean().optional(),
	timeout: z.number().optional(),
});
const readFile = z.object({ file_path: z.string().min(1) });
const search = z.object({ path: z.string().optional() });
const fetch = z.strictObject({ url: z.string().min(1), prompt: z.string().optional() });

export const toToolCall = (name: string, input: Input, cwd: string): ToolCall =>
	knownTool(name, input, cwd) ?? custom(name, input);

function knownTool(name: string, input: Input, cwd: string): ToolCall | undefined {
	switch (name) {
		case "write_file":
			return take(write, input, ({ file_path, content }) => ({
				action: { tool: "file_write", path: file_path, content, cwd },
			}));
		case "edit":
			return take(edit, input, (call) =>
				editing(call.file_path, cwd, { old: call.old_string, new: call.new_string, all: call.replace_all }),
			);
		case "run_shell_command":
			return take(command, input, (call) => shell(call.command, folderIn(cwd, call.directory), call.description));
		case "read_file":
			return take(readFile, input, ({ file_path }) => reading(file_path, cwd));
		case "list_directory":
		case "glob":
		case "grep_search":
			return take(search, input, ({ path }) => reading(path || cwd, cwd));
		case "web_fetch":
			return take(fetch, input, ({ url, prompt }) => ({
				action: { tool: "api_call", method: "GET", url },
				...(prompt ? { intent: prompt } : {}),
			}));
	}
	if (INTERNAL.has(name)) return internal(name);
	return namedMcpCall(name, input);
}
