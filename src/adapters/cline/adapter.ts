import * as z from "zod";
import type { Json } from "../../base/canonicalJson.ts";
import type { AskEvent, HookAdapter, HookAnswer, HookEvent } from "../../core/hookAdapter.ts";
import type { RequestState } from "../../protocol/messages.ts";
import { detailOf, field, readPayload, toolInput, unknownEvent } from "../toolCall.ts";
import { toToolCall } from "./toolCalls.ts";

/** Payloads as recorded from the Cline CLI 3.0.65. What `preToolUse.parameters` repeats as text is not looked at. */
const common = z.object({
	taskId: z.string().min(1).max(500),
	hookName: z.string().max(100),
	workspaceRoots: z.array(z.string().min(1)).min(1),
	tool_call: z.unknown().optional(),
	tool_result: z.unknown().optional(),
});
const call = z.object({ id: z.string().min(1).max(500), name: z.string().min(1).max(300), input: toolInput });
const asking = common.extend({ tool_call: call });
const reporting = common.extend({
	tool_result: call.extend({ error: z.string().nullish(), output: z.unknown().optional() }),
});

export const cline: HookAdapter = {
	agent: "cline",

	recognises: (payload) => field(payload, "clineVersion") !== undefined,

	parse(payload: Json): HookEvent {
		const { hookName: event, taskId, workspaceRoots, ...rest } = readPayload(common, payload);
		const identity = { agent: "cline", session: taskId };
		const [cwd = ""] = workspaceRoots;
		if (event === "tool_call") {
			const { id, name, input } = readPayload(asking, payload).tool_call;
			const { takesEdits = false, ...asked } = toToolCall(name, input, cwd);
			return { kind: "ask", identity, callId: id, ...asked, takesEdits };
		}
		if (event === "tool_result") {
			const { id, name, input, error, output } = readPayload(reporting, payload).tool_result;
			const { action } = toToolCall(name, input, cwd);
			const failure = error ?? errorIn(output);
			const end = failure
				? { outcome: "failed" as const, detail: detailOf(failure) }
				: { outcome: "executed" as const };
			return { kind: "report", identity, callId: id, action, ...end };
		}
		if (rest.tool_call === undefined && rest.tool_result === undefined) return { kind: "note" };
		throw unknownEvent(event);
	},

	free: () => answer({ cancel: false }),

	allow: (event: AskEvent, { decision }: RequestState): HookAnswer =>
		answer({ cancel: false, ...newInput(event, decision?.content) }),

	/** It ends Cline's whole run, and the model is not told why. Nothing less stops the call. */
	deny: (reason) => ({ exit: 2, reason, stdout: `${JSON.stringify({ cancel: true, errorMessage: reason })}\n` }),
};

/** One line: the script that Cline starts (script.ts) passes on the first one. */
const answer = (value: object): HookAnswer => ({ exit: 0, stdout: `${JSON.stringify(value)}\n`, reason: "" });

function newInput({ action }: AskEvent, content: string | undefined): object {
	if (content === undefined || action.tool !== "file_write") return {};
	return { overrideInput: { path: action.path, new_text: content } };
}

/** Of several commands each has an end of its own. */
function errorIn(output: unknown): string | undefined {
	const ends = z.array(z.object({ success: z.boolean(), error: z.string().optional() })).safeParse(output);
	return ends.data?.find(({ success }) => !success)?.error;
}
