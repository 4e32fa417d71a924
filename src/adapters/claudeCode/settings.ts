import { hookCommand as commandLine, ourCommand } from "../hookCommand.ts";
import { type HookFile, withHooks as withGroup, withoutHooks as withoutGroup } from "../hookSettings.ts";
import { fault, member } from "../jsonText.ts";

/** Claude Code (2.1.330) ignores a whole file for one comment or one comma too many, without a word. */
const FILE: HookFile = {
	name: "Claude Code",
	// The outcome of a call that we allowed comes by the two Post events.
	events: ["PreToolUse", "PostToolUse", "PostToolUseFailure"],
	ours: ourCommand("claude-code"),
	comments: false,
	refuse(text, root) {
		const off = member(text, root, "disableAllHooks");
		if (off?.value === true) throw fault(text, off.offset, "turns all hooks off. Take that out first.");
	},
};

export const hookCommand = (program: string, waitSeconds: number): string =>
	commandLine("claude-code", program, waitSeconds);

/** @param timeoutSeconds of Claude; our own deadline lies before it */
export const withHooks = (text: string, command: string, timeoutSeconds: number): string =>
	withGroup(FILE, text, {
		matcher: "*",
		hooks: [{ type: "command", command, timeout: timeoutSeconds, onFailure: "block" }],
	});

export const withoutHooks = (text: string): string => withoutGroup(FILE, text);
