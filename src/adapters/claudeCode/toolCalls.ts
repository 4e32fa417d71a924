import * as z from "zod";
import type { Json } from "../../base/canonicalJson.ts";
import type { Action } from "../../protocol/action.ts";

/** What a tool call of Claude Code asks for. `takesEdits`: whether `updatedInput` can say "write this instead". */
export interface ToolCall {
	readonly action: Action;
	readonly intent?: string;
	readonly takesEdits: boolean;
}

type Input = { readonly [key: string]: Json };

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

/** Input that does not have the shape we know becomes `custom`: shown whole, asked always. */
export function toToolCall(name: string, input: Input, cwd: string): ToolCall {
	return (
		knownTool(name, input, cwd) ?? { action: { tool: "custom", name, arguments: input as never }, takesEdits: false }
	);
}

function knownTool(name: string, input: Input, cwd: string): ToolCall | undefined {
	switch (name) {
		case "Write":
			return take(write, input, ({ file_path, content }) => ({
				action: { tool: "file_write", path: file_path, content, cwd },
				takesEdits: true,
			}));
		case "Edit":
			return take(edit, input, ({ file_path, old_string, new_string, replace_all }) => ({
				action:
					old_string === ""
						? { tool: "file_write", path: file_path, content: new_string, cwd }
						: {
								tool: "file_write",
								path: file_path,
								edits: [{ old: old_string, new: new_string, ...(replace_all ? { all: true } : {}) }],
								cwd,
							},
				takesEdits: false,
			}));
		case "Bash":
			return take(bash, input, ({ command, description }) => ({
				action: { tool: "shell_execute", command, cwd },
				...(description ? { intent: description } : {}),
				takesEdits: false,
			}));
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
				takesEdits: false,
			}));
	}
	if (INTERNAL.has(name)) return { action: { tool: "log_write", text: name }, takesEdits: false };
	const mcp = /^mcp__(.+?)__(.+)$/.exec(name);
	if (!mcp?.[1] || !mcp[2]) return undefined;
	return { action: { tool: "mcp_call", server: mcp[1], name: mcp[2], arguments: input as never }, takesEdits: false };
}

const reading = (path: string, cwd: string): ToolCall => ({
	action: { tool: "file_read", path, cwd },
	takesEdits: false,
});

function take<S extends z.ZodType>(
	schema: S,
	input: Input,
	make: (value: z.infer<S>) => ToolCall,
): ToolCall | undefined {
	const result = schema.safeParse(input);
	return result.success ? make(result.data) : undefined;
}
