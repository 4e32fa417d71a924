import * as z from "zod";
import {
	custom,
	editing,
	type Input,
	internal,
	namedMcpCall,
	reading,
	shell,
	type ToolCall,
	take,
} from "../toolCall.ts";

/**
 * Tools that change nothing outside of Claude Code: todo lists, plans, modes, starting a subagent (whose own calls are
 * gated one by one). A closed list, as of 2.1.330; whatever is not on it asks.
 */
const INTERNAL = new Set([
	"Agent",
	"AskUserQuestion",
	"BashOutput",
	"EnterPlanMode",
	"ExitPlanMode",
	"KillShell",
	"ListMcpResourcesTool",
	"Task",
	"TaskCreate",
	"TaskGet",
	"TaskList",
	"TaskOutput",
	"TaskStop",
	"TaskUpdate",
	"TodoRead",
	"TodoWrite",
	"ToolSearch",
]);

const write = z.strictObject({ file_path: z.string().min(1), content: z.string() });
const edit = z.strictObject({
	file_path: z.string().min(1),
	old_string: z.string(),
	new_string: z.string(),
	replace_all: z.boolean().optional(),
});
/** `timeout` and `run_in_background` change how long Claude waits, not what runs. Any other switch is shown in full. */
const bash = z.strictObject({
	command: z.string().min(1),
	description: z.string().optional(),
	timeout: z.number().optional(),
	run_in_background: z.boolean().optional(),
});
const read = z.object({ file_path: z.string().min(1) });
const notebookRead = z.object({ notebook_path: z.string().min(1) });
const search = z.object({ path: z.string().optional() });
const fetch = z.strictObject({ url: z.string().min(1), prompt: z.string().optional() });

export const toToolCall = (name: string, input: Input, cwd: string): ToolCall =>
	knownTool(name, input, cwd) ?? custom(name, input);

function knownTool(name: string, input: Input, cwd: string): ToolCall | undefined {
	switch (name) {
		case "Write":
			return take(write, input, ({ file_path, content }) => ({
				action: { tool: "file_write", path: file_path, content, cwd },
				takesEdits: true,
			}));
		case "Edit":
			return take(edit, input, (call) =>
				editing(call.file_path, cwd, { old: call.old_string, new: call.new_string, all: call.replace_all }),
			);
		case "Bash":
			return take(bash, input, ({ command, description }) => shell(command, cwd, description));
		case "Read":
			return take(read, input, ({ file_path }) => reading(file_path, cwd));
		case "NotebookRead":
			return take(notebookRead, input, ({ notebook_path }) => reading(notebook_path, cwd));
		case "Grep":
		case "Glob":
		case "LS":
			return take(search, input, ({ path }) => reading(path ?? cwd, cwd));
		case "WebFetch":
			return take(fetch, input, ({ url, prompt }) => ({
				action: { tool: "api_call", method: "GET", url },
				...(prompt ? { intent: prompt } : {}),
			}));
	}
	if (INTERNAL.has(name)) return internal(name);
	return namedMcpCall(name, input);
}
