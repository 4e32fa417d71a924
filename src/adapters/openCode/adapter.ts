import * as z from "zod";
import type { Json } from "../../base/canonicalJson.ts";
import type { AskEvent, HookAdapter, HookAnswer, HookEvent } from "../../core/hookAdapter.ts";
import type { RequestState } from "../../protocol/messages.ts";
import { field, readPayload, toolInput, unknownEvent } from "../toolCall.ts";
import { toToolCall } from "./toolCalls.ts";

/** What our own plugin sends (plugin.ts): the outer form is ours, tool and input are OpenCode's, as recorded from 1.18.33. */
const toolEvent = z.object({
	hook_event_name: z.string().max(100),
	session_id: z.string().min(1).max(500),
	cwd: z.string().min(1),
	tool_name: z.string().min(1).max(300),
	tool_input: toolInput,
	tool_use_id: z.string().min(1).max(500),
	tool_response: z.unknown().optional(),
});
const ended = z.object({ metadata: z.object({ exit: z.number() }) });

export const openCode: HookAdapter = {
	agent: "opencode",

	recognises: (payload) => field(payload, "agent") === "opencode",

	parse(payload: Json): HookEvent {
		const call = readPayload(toolEvent, payload);
		const event = call.hook_event_name;
		if (event !== "PreToolUse" && event !== "PostToolUse") throw unknownEvent(event);
		const identity = { agent: "opencode", session: call.session_id };
		const { takesEdits = false, ...asked } = toToolCall(call.tool_name, call.tool_input, call.cwd);
		if (event === "PreToolUse") return { kind: "ask", identity, callId: call.tool_use_id, ...asked, takesEdits };
		const report = { kind: "report", identity, callId: call.tool_use_id, action: asked.action } as const;
		const exit = ended.safeParse(call.tool_response).data?.metadata.exit ?? 0;
		if (exit === 0) return { ...report, outcome: "executed" };
		return { ...report, outcome: "failed", detail: `exit code ${exit}` };
	},

	free: () => ({ exit: 0, stdout: '{"decision":"allow"}', reason: "" }),

	allow(event: AskEvent, { decision }: RequestState): HookAnswer {
		const stdout = { decision: "allow", ...newArguments(event, decision?.content) };
		return { exit: 0, stdout: JSON.stringify(stdout), reason: "" };
	},

	/** The plugin throws it; the model reads what was thrown. */
	deny: (reason) => ({ exit: 2, reason, stdout: "" }),
};

/** The plugin sets them one by one: OpenCode keeps the object that it gave. */
function newArguments({ action }: AskEvent, content: string | undefined): object {
	return content === undefined || action.tool !== "file_write" ? {} : { args: { filePath: action.path, content } };
}
