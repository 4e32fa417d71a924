import * as z from "zod";
import type { Json } from "../../base/canonicalJson.ts";
import type { AskEvent, HookAdapter, HookAnswer, HookEvent } from "../../core/hookAdapter.ts";
import type { RequestState } from "../../protocol/messages.ts";
import { Problem } from "../../protocol/problem.ts";
import { toToolCall } from "./toolCalls.ts";

/** Payloads as recorded from Claude Code 2.1.330 (test/fixtures/agents/claude). Fields that we do not use may come and go. */
const common = z.object({
	session_id: z.string().min(1).max(500),
	cwd: z.string().min(1),
	hook_event_name: z.string().max(100),
	tool_use_id: z.unknown().optional(),
});
const toolEvent = common.extend({
	tool_name: z.string().min(1).max(300),
	tool_input: z.record(z.string(), z.json()),
	tool_use_id: z.string().min(1).max(500),
	error: z.string().optional(),
});

export const claudeCode: HookAdapter = {
	agent: "claude-code",

	parse(payload: Json): HookEvent {
		const { hook_event_name: event, tool_use_id } = read(common, payload);
		if (event !== "PreToolUse" && event !== "PostToolUse" && event !== "PostToolUseFailure") {
			if (tool_use_id === undefined) return { kind: "note" };
			throw new Problem("bad_request", `Countersign does not know the event ${event} of a tool call; it is denied.`);
		}
		const call = read(toolEvent, payload);
		const identity = { agent: "claude-code", session: call.session_id };
		const { action, intent, takesEdits } = toToolCall(call.tool_name, call.tool_input as never, call.cwd);
		if (event === "PreToolUse") {
			return { kind: "ask", identity, callId: call.tool_use_id, action, takesEdits, ...(intent ? { intent } : {}) };
		}
		const failed = event === "PostToolUseFailure";
		const detail = failed && call.error ? { detail: call.error.slice(0, 1000).toWellFormed() } : {};
		return {
			kind: "report",
			identity,
			callId: call.tool_use_id,
			action,
			outcome: failed ? "failed" : "executed",
			...detail,
		};
	},

	/** An empty object is "no opinion": Claude's own permissions decide. */
	free: () => ({ exit: 0, stdout: "{}", reason: "" }),

	allow(event: AskEvent, { decision }: RequestState): HookAnswer {
		const reason = `Approved by ${decision?.by} via ${decision?.via}`;
		return {
			exit: 0,
			reason: "",
			stdout: decide({
				permissionDecision: "allow",
				permissionDecisionReason: reason,
				...updatedInput(event, decision?.content),
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

function read<S extends z.ZodType>(schema: S, payload: Json): z.infer<S> {
	const result = schema.safeParse(payload);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	throw new Problem(
		"bad_request",
		`Countersign cannot read this hook payload (${issue?.path.join(".") || "payload"}: ${issue?.message}); the call is denied.`,
	);
}
