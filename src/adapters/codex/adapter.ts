import * as z from "zod";
import type { Json } from "../../base/canonicalJson.ts";
import type { HookAdapter, HookAnswer, HookEvent } from "../../core/hookAdapter.ts";
import { detailOf, field, readPayload, toolInput, unknownEvent } from "../toolCall.ts";
import { toToolCall } from "./toolCalls.ts";

/** Payloads as recorded from Codex 0.169.0, its tools called directly or from JavaScript ("code mode"). */
const common = z.object({
	session_id: z.string().min(1).max(500),
	/** Of the call, where it has a `workdir` of its own. */
	cwd: z.string().min(1),
	hook_event_name: z.string().max(100),
	tool_use_id: z.unknown().optional(),
});
const toolEvent = common.extend({
	tool_name: z.string().min(1).max(300),
	tool_input: toolInput,
	tool_use_id: z.string().min(1).max(500),
	tool_response: z.unknown().optional(),
});

/** Silence, with exit 0, is Codex's only allow: a key that it does not know in an answer lets the call run, unread. */
const silence: HookAnswer = { exit: 0, stdout: "", reason: "" };

export const codex: HookAdapter = {
	agent: "codex",

	recognises: (payload) => typeof field(payload, "turn_id") === "string",

	parse(payload: Json): HookEvent {
		const { hook_event_name: event, tool_use_id } = readPayload(common, payload);
		if (event !== "PreToolUse" && event !== "PostToolUse") {
			if (tool_use_id === undefined) return { kind: "note" };
			throw unknownEvent(event);
		}
		const call = readPayload(toolEvent, payload);
		const identity = { agent: "codex", session: call.session_id };
		const asked = toToolCall(call.tool_name, call.tool_input, call.cwd);
		// A new text of a patch would have to be a patch again; the gate writes the reviewer's bytes itself.
		if (event === "PreToolUse") return { kind: "ask", identity, callId: call.tool_use_id, takesEdits: false, ...asked };
		const report = { kind: "report", identity, callId: call.tool_use_id, action: asked.action } as const;
		const failure = failureOf(call.tool_name, call.tool_response);
		if (failure === undefined) return { ...report, outcome: "executed" };
		return { ...report, outcome: "failed", detail: detailOf(failure) };
	},

	free: () => silence,

	allow: () => silence,

	/** The exit code and a reason on stderr: without the reason Codex would run the call. */
	deny: (reason) => ({ exit: 2, reason, stdout: "" }),
};

/** Only a patch says how it ended; a shell command's exit code is not in the payload. */
function failureOf(tool: string, response: unknown): string | undefined {
	if (tool !== "apply_patch" || typeof response !== "string") return undefined;
	return /^Exit code: (?!0\b)/.test(response) ? response : undefined;
}
