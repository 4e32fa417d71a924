import { hookCommand as commandLine, ourCommand } from "../hookCommand.ts";
import { type HookFile, withHooks as withGroup, withoutHooks as withoutGroup } from "../hookSettings.ts";
import { fault, member } from "../jsonText.ts";

/** Claude Code (2.1.330) ignores a whole file for one comment or one comma too many, without a word. */
const FILE: HookFile = {
	name: "Claude Code",
	// How a call ended comes by the two Post events; UserPromptSubmit is the sign that a session is gated; ConfigChange
	// comes before Claude takes a changed settings file, in mid-session, and can keep it from that.
	events: ["PreToolUse", "PostToolUse", "PostToolUseFailure", "UserPromptSubmit", "ConfigChange"],
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

/** Variables by which a shell or the loader runs something of another's choosing before the hook; or another hook's gate. */
const RUNS_CODE =
	/^(?:LD_.*|DYLD_.*|BASH_.*|ENV|SHELL|SHELLOPTS|BASHOPTS|ZDOTDIR|IFS|PS4|GCONV_PATH|NODE_OPTIONS|NODE_PATH|OPENSSL_.*|COUNTERSIGN_.*|CLAUDE_PROJECT_DIR|CLAUDE_CONFIG_DIR|CLAUDE_CODE_SHELL.*|CLAUDE_CODE_SIMPLE)$/i;

/** What in a settings file makes other code run in every hook before ours does. */
export function codeLoadedBy(settings: { readonly env?: unknown } | null | undefined): string | undefined {
	const variable = Object.keys(settings?.env ?? {}).find((name) => RUNS_CODE.test(name));
	return variable === undefined ? undefined : `"env" sets ${variable}, by which other code runs in every hook`;
}
