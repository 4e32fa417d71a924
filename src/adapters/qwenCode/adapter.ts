import * as z from "zod";
import type { Json } from "../../base/canonicalJson.ts";
import type { HookAdapter, HookEvent } from "../../core/hookAdapter.ts";
import { detailOf, field, readPayload, toolInput, unknownEvent } from "../toolCall.ts";
import { toToolCall } from "./toolCalls.ts";

/** Payloads as recorded from Qwen Code 0.24.4. */
const common = z.object({
	session_id: z.string().min(1).max(500),
	cwd: z.string().min(1),
	hook_event_name: z.string().max(100),
	tool_use_id: z.unknown().optional(),
});
const toolEvent = common.extend({
	tool_name: z.string().min(1).max(300),
	tool_input: toolInput,
	/** Qwen's own, one for each call; `tool_call_id` is the model's, which may come twice. */
	tool_use_id: z.string().min(1).max(500),
	error: z.string().optional(),
});

export const qwenCode: HookAdapter = {
	agent: "qwen-code",

	recognises: (payload) => typeof field(payload, "tool_call_id") === "string" || isSession(payload),

	parse(payload: Json): HookEvent {
		const { hook_event_name: event, tool_use_id } = readPayload(common, payload);
		if (event !== "PreToolUse" && event !== "PostToolUse" && event !== "PostToolUseFailure") {
			if (tool_use_id === undefined) return { kind: "note" };
			throw unknownEvent(event);
		}
		const call = readPayload(toolEvent, payload);
		const identity = { agent: "qwen-code", session: call.session_id };
		const asked = toToolCall(call.tool_name, call.tool_input, call.cwd);
		// Qwen ignores a changed input (0.24.4, against its manual): what a reviewer changes, the gate writes.
		if (event === "PreToolUse") return { kind: "ask", identity, callId: call.tool_use_id, ...asked, takesEdits: false };
		const report = { kind: "report", identity, callId: call.tool_use_id, action: asked.action } as const;
		if (event === "PostToolUse") return { ...report, outcome: "executed" };
		return { ...report, outcome: "failed", ...(call.error ? { detail: detailOf(call.error) } : {}) };
	},

	/** Nothing said: Qwen's own approval mode decides. */
	free: () => ({ exit: 0, stdout: "", reason: "" }),

	allow: (_, { decision }) => ({
		exit: 0,
		reason: "",
		stdout: JSON.stringify({
			hookSpecificOutput: {
				hookEventName: "PreToolUse",
				permissionDecision: "allow",
				permissionDecisionReason: `Approved by ${decision?.by} via ${decision?.via}`,
			},
		}),
	}),

	deny: (reason) => ({ exit: 2, reason, stdout: "" }),
};

/** Its events that are no tool call bear a time, and a folder of its own. */
const isSession = (payload: Json) => /\/\.qwen\//.test(String(field(payload, "transcript_path")));
