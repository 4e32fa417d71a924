import * as z from "zod";
import type { Json } from "../../base/canonicalJson.ts";
import type { AskEvent, HookAdapter, HookAnswer, HookEvent } from "../../core/hookAdapter.ts";
import type { RequestState } from "../../protocol/messages.ts";
import { detailOf, field, readPayload, toolInput, unknownEvent } from "../toolCall.ts";
import { toToolCall } from "./toolCalls.ts";

/** Payloads as recorded from Gemini CLI 0.61.0. A call has no id: before and after are paired by order and content. */
const common = z.object({
	session_id: z.string().min(1).max(500),
	cwd: z.string().min(1),
	hook_event_name: z.string().max(100),
	tool_name: z.unknown().optional(),
});
const toolEvent = common.extend({
	tool_name: z.string().min(1).max(300),
	tool_input: toolInput,
	mcp_context: z.unknown().optional(),
	tool_response: z.looseObject({ error: z.unknown().optional() }).optional(),
});

export const geminiCli: HookAdapter = {
	agent: "gemini-cli",

	recognises: (payload) => /^(?:Before|After)[A-Z]/.test(String(field(payload, "hook_event_name"))),

	parse(payload: Json): HookEvent {
		const { hook_event_name: event, tool_name } = readPayload(common, payload);
		if (event !== "BeforeTool" && event !== "AfterTool") {
			if (tool_name === undefined) return { kind: "note" };
			throw unknownEvent(event);
		}
		const call = readPayload(toolEvent, payload);
		const identity = { agent: "gemini-cli", session: call.session_id };
		const { takesEdits = false, ...asked } = toToolCall(call.tool_name, call.tool_input, call.cwd, call.mcp_context);
		if (event === "BeforeTool") return { kind: "ask", identity, callId: null, ...asked, takesEdits };
		const report = { kind: "report", identity, callId: null, action: asked.action } as const;
		const error = call.tool_response?.error;
		if (error === undefined || error === null) return { ...report, outcome: "executed" };
		return {
			...report,
			outcome: "failed",
			detail: detailOf(typeof error === "string" ? error : JSON.stringify(error)),
		};
	},

	/** Nothing said: Gemini's own policy decides. */
	free: () => ({ exit: 0, stdout: "", reason: "" }),

	/** Gemini's own policy may still ask; an allow of ours does not silence it. */
	allow(event: AskEvent, { decision }: RequestState): HookAnswer {
		const stdout = { decision: "allow", ...newInput(event, decision?.content) };
		return { exit: 0, stdout: JSON.stringify(stdout), reason: "" };
	},

	/** Exit 2 blocks only with a reason on stderr; the JSON says the same without our command line. Never "ask": it hangs. */
	deny: (reason) => ({ exit: 2, reason, stdout: JSON.stringify({ decision: "deny", reason }) }),
};

/** All of the input, as Gemini checks it again. */
function newInput({ action }: AskEvent, content: string | undefined): object {
	if (content === undefined || action.tool !== "file_write") return {};
	const tool_input = { file_path: action.path, content };
	return { hookSpecificOutput: { hookEventName: "BeforeTool", tool_input } };
}
