import { Problem } from "../../protocol/problem.ts";
import { ourCommand } from "../hookCommand.ts";
import { type HookFile, withHooks as withGroup, withoutHooks as withoutGroup } from "../hookSettings.ts";
import { fault, member } from "../jsonText.ts";

const FILE: HookFile = {
	name: "Qwen Code",
	events: ["PreToolUse", "PostToolUse", "PostToolUseFailure"],
	ours: ourCommand("qwen-code"),
	comments: true,
	refuse(text, root) {
		const off = member(text, root, "disableAllHooks");
		if (off?.value === true) throw fault(text, off.offset, "turns all hooks off. Take that out first.");
	},
};

/** Above this Qwen's 32-bit timer ends the hook at once, and the call runs. */
const MAX_TIMEOUT = 2_147_483_647;

export function withHooks(text: string, command: string, timeoutSeconds: number): string {
	// Qwen takes a number below 1000 for seconds, any other for milliseconds; ours is never below.
	const timeout = Math.max(timeoutSeconds, 1) * 1000;
	if (timeout > MAX_TIMEOUT) throw new Problem("bad_request", `Qwen Code waits at most ${MAX_TIMEOUT} ms for a hook.`);
	return withGroup(FILE, text, { matcher: "*", hooks: [{ type: "command", name: "countersign", command, timeout }] });
}

export const withoutHooks = (text: string): string => withoutGroup(FILE, text);
