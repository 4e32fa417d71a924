import * as z from "zod";
import { patchAction } from "../applyPatch.ts";
import { custom, editing, folderIn, type Input, internal, reading, shell, type ToolCall, take } from "../toolCall.ts";

/** Tools that change nothing outside of OpenCode; a subagent's own calls are gated one by one. A closed list, as of 1.18. */
const INTERNAL = new Set(["plan_enter", "plan_exit", "question", "task", "todoread", "todowrite"]);

const write = z.strictObject({ filePath: z.string().min(1), content: z.string() });
const edit = z.strictObject({
	filePath: z.string().min(1),
	oldString: z.string(),
	newString: z.string(),
	replaceAll: z.boolean().optional(),
});
const patch = z.strictObject({ patchText: z.string() });
const bash = z.strictObject({
	command: z.string().min(1),
	description: z.string().optional(),
	timeout: z.number().optional(),
	workdir: z.string().optional(),
});
const read = z.object({ filePath: z.string().min(1) });
const search = z.object({ path: z.string().optional() });
const fetch = z.strictObject({ url: z.string().min(1), format: z.string().optional(), timeout: z.number().optional() });

/**
 * An MCP tool is called `server_tool`, and where the server's name ends nobody can tell; so it is `custom`.
 * @throws Problem for a patch that cannot be read
 */
export const toToolCall = (name: string, input: Input, cwd: string): ToolCall =>
	knownTool(name, input, cwd) ?? custom(name, input);

function knownTool(name: string, input: Input, cwd: string): ToolCall | undefined {
	switch (name) {
		case "write":
			return take(write, input, ({ filePath, content }) => ({
				action: { tool: "file_write", path: filePath, content, cwd },
				takesEdits: true,
			}));
		case "edit":
			return take(edit, input, (call) =>
				editing(call.filePath, cwd, { old: call.oldString, new: call.newString, all: call.replaceAll }),
			);
		case "apply_patch":
			return take(patch, input, ({ patchText }) => ({ action: patchAction(patchText, cwd) }));
		case "bash":
			return take(bash, input, (call) => shell(call.command, folderIn(cwd, call.workdir), call.description));
		case "read":
			return take(read, input, ({ filePath }) => reading(filePath, cwd));
		case "glob":
		case "grep":
		case "list":
			return take(search, input, ({ path }) => reading(path || cwd, cwd));
		case "webfetch":
			return take(fetch, input, ({ url }) => ({ action: { tool: "api_call", method: "GET", url } }));
	}
	return INTERNAL.has(name) ? internal(name) : undefined;
}
