import { ourCommand } from "../hookCommand.ts";
import { type HookFile, withHooks as withGroup, withoutHooks as withoutGroup } from "../hookSettings.ts";

/** Codex's hooks.json. One entry that it does not know disarms the file; seconds, without an upper limit. */
const FILE: HookFile = {
	name: "Codex",
	events: ["PreToolUse", "PostToolUse"],
	ours: ourCommand("codex"),
	comments: false,
};

export const withHooks = (text: string, command: string, timeoutSeconds: number): string =>
	withGroup(FILE, text, { matcher: "*", hooks: [{ type: "command", command, timeout: timeoutSeconds }] });

export const withoutHooks = (text: string): string => withoutGroup(FILE, text);
