import * as z from "zod";
import type { Action } from "../../protocol/action.ts";
import { custom, editing, type Input, internal, reading, shell, type ToolCall, take } from "../toolCall.ts";

/** Tools that change nothing outside of Cline. A closed list, as of 3.0.65. */
const INTERNAL = new Set(["ask_question", "attempt_completion", "plan_mode_respond", "submit_and_exit"]);

const editor = z.strictObject({
	path: z.string().min(1),
	old_text: z.string().optional(),
	new_text: z.string(),
});
const commands = z.strictObject({ commands: z.array(z.string().min(1)).min(1) });
const files = z.object({ files: z.array(z.object({ path: z.string().min(1) })).min(1) });

export const toToolCall = (name: string, input: Input, cwd: string): ToolCall =>
	knownTool(name, input, cwd) ?? custom(name, input);

function knownTool(name: string, input: Input, cwd: string): ToolCall | undefined {
	switch (name) {
		case "editor":
			return take(editor, input, ({ path, old_text, new_text }) =>
				old_text === undefined
					? { action: { tool: "file_write", path, content: new_text, cwd }, takesEdits: true }
					: editing(path, cwd, { old: old_text, new: new_text }),
			);
		case "run_commands":
			// Cline runs them one after another, whatever the one before came to.
			return take(commands, input, ({ commands }) => shell(commands.join("\n"), cwd));
		case "read_files":
			return take(files, input, ({ files }) => readings(files, input, cwd));
		case "search_codebase":
			return reading(cwd, cwd);
	}
	return INTERNAL.has(name) ? internal(name) : undefined;
}

/** One read is a `file_read`; of several, an action can name only one, so they are shown whole and ask. */
function readings(files: { path: string }[], input: Input, cwd: string): ToolCall {
	const [first, second] = files;
	const action: Action = { tool: "file_read", path: first?.path ?? cwd, cwd };
	return second ? custom("read_files", input) : { action };
}
