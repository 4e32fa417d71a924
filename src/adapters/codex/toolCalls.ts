import * as z from "zod";
import { patchAction } from "../applyPatch.ts";
import { custom, type Input, internal, namedMcpCall, reading, shell, type ToolCall, take } from "../toolCall.ts";
import { waitsForInput } from "./interactive.ts";

/** Tools that change nothing outside of Codex: its plan, its subagents, whose own calls are gated one by one. As of 0.169. */
const INTERNAL = new Set([
	"close_agent",
	"followup_task",
	"get_context_remaining",
	"get_goal",
	"interrupt_agent",
	"list_agents",
	"list_mcp_resource_templates",
	"list_mcp_resources",
	"request_user_input",
	"resume_agent",
	"send_input",
	"spawn_agent",
	"tool_search",
	"update_goal",
	"update_plan",
	"wait_agent",
]);

/** Codex shows hooks its `exec_command` under this name, and the command alone. */
const bash = z.strictObject({ command: z.string().min(1) });
const patch = z.strictObject({ command: z.string() });
const image = z.object({ path: z.string().min(1) });

const CAUTION =
	"It starts something that waits for input. Whatever Codex types into it afterwards asks nobody: no hook is called for that.";

/** @throws Problem for a patch that cannot be read */
export const toToolCall = (name: string, input: Input, cwd: string): ToolCall =>
	knownTool(name, input, cwd) ?? custom(name, input);

function knownTool(name: string, input: Input, cwd: string): ToolCall | undefined {
	switch (name) {
		case "Bash":
			return take(bash, input, ({ command }) => ({
				...shell(command, cwd),
				...(waitsForInput(command) ? { caution: CAUTION } : {}),
			}));
		case "apply_patch":
			return take(patch, input, ({ command }) => ({ action: patchAction(command, cwd) }));
		case "view_image":
			return take(image, input, ({ path }) => reading(path, cwd));
	}
	if (INTERNAL.has(name)) return internal(name);
	return namedMcpCall(name, input);
}
