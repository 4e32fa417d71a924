import * as z from "zod";
import type { Json } from "../../base/canonicalJson.ts";
import type { AskEvent, HookAdapter, HookAnswer, HookEvent } from "../../core/hookAdapter.ts";
import { changedInWords } from "../../core/leftOutInWords.ts";
import type { RequestState } from "../../protocol/messages.ts";
import { detailOf, field, readPayload, toolInput, unknownEvent } from "../toolCall.ts";
import { disarmed } from "./midSession.ts";
import { toToolCall } from "./toolCalls.ts";

/** Payloads as recorded from Claude Code 2.1.330 (test/fixtures/agents/claude). Fields that we do not use may come and go. */
const common = z.object({
	session_id: z.string().min(1).max(500),
	cwd: z.string().min(1),
	hook_event_name: z.string().max(100),
	tool_use_id: z.unknown().optional(),
});
const configEvent = common.extend({ file_path: z.string().min(1) });
const toolEvent = common.extend({
	tool_name: z.string().min(1).max(300),
	tool_input: toolInput,
	tool_use_id: z.string().min(1).max(500),
	error: z.string().optional(),
});

export const claudeCode: HookAdapter = {
	agent: "claude-code",

	/** Others that read Claude's settings file send a time, or keys of their own. */
	recognises: (payload) =>
		typeof field(payload, "hook_event_name") === "string" &&
		["timestamp", "turn_id", "cursor_version", "sessionId", "agent"].every((key) => field(payload, key) === undefined),

	parse(payload: Json): HookEvent {
		const { hook_event_name: event, tool_use_id, session_id } = readPayload(common, payload);
		if (event === "UserPromptSubmit") return { kind: "note", identity: { agent: "claude-code", session: session_id } };
		if (event === "ConfigChange") {
			const { file_path: path } = readPayload(configEvent, payload);
			return { kind: "config", identity: { agent: "claude-code", session: session_id }, path, disarmed };
		}
		if (event !== "PreToolUse" && event !== "PostToolUse" && event !== "PostToolUseFailure") {
			if (tool_use_id === undefined) return { kind: "note" };
			throw unknownEvent(event);
		}
		const call = readPayload(toolEvent, payload);
		const identity = { agent: "claude-code", session: call.session_id };
		const { takesEdits = false, ...asked } = toToolCall(call.tool_name, call.tool_input, call.cwd);
		if (event === "PreToolUse") return { kind: "ask", identity, callId: call.tool_use_id, ...asked, takesEdits };
		const failed = event === "PostToolUseFailure";
		const detail = failed && call.error ? { detail: detailOf(call.error) } : {};
		return {
			kind: "report",
			identity,
			callId: call.tool_use_id,
			action: asked.action,
			outcome: failed ? "failed" : "executed",
			...detail,
		};
	},

	/** An empty object is "no opinion": Claude's own permissions decide. */
	free: () => ({ exit: 0, stdout: "{}", reason: "" }),

	/** The model is not shown the input that we put in the place of its own. */
	allow(event: AskEvent, { decision }: RequestState): HookAnswer {
		const additionalContext = decision?.content === undefined ? undefined : changedInWords(decision);
		const reason = `Approved by ${decision?.by} via ${decision?.via}`;
		return {
			exit: 0,
			reason: "",
			stdout: decide({
				permissionDecision: "allow",
				permissionDecisionReason: reason,
				...updatedInput(event, decision?.content),
				...(additionalContext === undefined ? {} : { additionalContext }),
			}),
		};
	},

	/** Deny JSON and exit 2: either alone would do; the JSON keeps our command line out of what the model reads. */
	deny: (reason) => ({
		exit: 2,
		reason,
		stdout: decide({ permissionDecision: "deny", permissionDecisionReason: reason }),
	}),
};

const decide = (output: object) => JSON.stringify({ hookSpecificOutput: { hookEventName: "PreToolUse", ...output } });

/** `updatedInput` must be the whole input (a partial one is refused by Claude). */
function updatedInput({ action }: AskEvent, content: string | undefined): object {
	if (content === undefined || action.tool !== "file_write") return {};
	return { updatedInput: { file_path: action.path, content } };
}
