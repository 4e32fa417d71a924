import { getNodeValue } from "jsonc-parser";
import { Problem } from "../../protocol/problem.ts";
import { ourCommand } from "../hookCommand.ts";
import { type HookFile, withHooks as withGroup, withoutHooks as withoutGroup } from "../hookSettings.ts";
import { fault, member } from "../jsonText.ts";

/** By this name a person sees the hook in Gemini, and can disable it. */
const NAME = "countersign";

const FILE: HookFile = {
	name: "Gemini CLI",
	events: ["BeforeTool", "AfterTool"],
	ours: ourCommand("gemini-cli"),
	comments: true,
	refuse(text, root) {
		const config = member(text, root, "hooksConfig");
		const { enabled, disabled } = (config ? getNodeValue(config) : {}) as { enabled?: unknown; disabled?: unknown };
		if (enabled === false) throw fault(text, config?.offset ?? 0, "turns all hooks off. Take that out first.");
		if (Array.isArray(disabled) && disabled.includes(NAME))
			throw fault(text, config?.offset ?? 0, "disables the hook countersign. Take that out first.");
	},
};

/** Milliseconds. Above this Gemini's 32-bit timer ends the hook at once, and the call runs. */
const MAX_TIMEOUT = 2_147_483_647;

export function withHooks(text: string, command: string, timeoutSeconds: number): string {
	const timeout = timeoutSeconds * 1000;
	if (timeout > MAX_TIMEOUT) throw new Problem("bad_request", `Gemini CLI waits at most ${MAX_TIMEOUT} ms for a hook.`);
	return withGroup(FILE, text, { matcher: "*", hooks: [{ type: "command", name: NAME, command, timeout }] });
}

export const withoutHooks = (text: string): string => withoutGroup(FILE, text);
