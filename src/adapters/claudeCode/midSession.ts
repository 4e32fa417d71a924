import * as z from "zod";
import { tryParseJson } from "../../base/tryParseJson.ts";
import { MAX_HOOK_WAIT } from "../../protocol/messages.ts";
import { Problem } from "../../protocol/problem.ts";
import { MARGIN } from "../agentSetup.ts";
import { hookInJson } from "../hookText.ts";
import { codeLoadedBy, hookCommand, withHooks } from "./settings.ts";

/**
 * What else may stand in a file with our hooks when it changes in mid-session. Claude (2.1.330) drops a whole file, hooks
 * and all, for one value that it does not take: whatever is not surely taken is not let into a running session.
 */
const list = z.array(z.string());
const known = z.strictObject({
	$schema: z.string().optional(),
	alwaysThinkingEnabled: z.boolean().optional(),
	cleanupPeriodDays: z.number().int().positive().optional(),
	disabledMcpjsonServers: list.optional(),
	enableAllProjectMcpServers: z.boolean().optional(),
	enabledMcpjsonServers: list.optional(),
	env: z.record(z.string(), z.string()).optional(),
	hooks: z.record(
		z.string(),
		z.array(
			z.looseObject({
				matcher: z.string().optional(),
				hooks: z.array(
					z.looseObject({ type: z.literal("command"), command: z.string(), timeout: z.number().positive().optional() }),
				),
			}),
		),
	),
	includeCoAuthoredBy: z.boolean().optional(),
	model: z.string().optional(),
	outputStyle: z.string().optional(),
	permissions: z
		.strictObject({
			allow: list.optional(),
			ask: list.optional(),
			deny: list.optional(),
			additionalDirectories: list.optional(),
			defaultMode: z.enum(["default", "acceptEdits", "plan", "bypassPermissions", "dontAsk", "auto"]).optional(),
		})
		.optional(),
	spinnerTipsEnabled: z.boolean().optional(),
	statusLine: z
		.strictObject({ type: z.literal("command"), command: z.string(), padding: z.number().optional() })
		.optional(),
});

/** Why a running session that takes this settings file would no longer ask us. `program`: the hook that we put into it. */
export function disarmed(text: string, program: string | undefined): string | undefined {
	const settings = tryParseJson(text) as { disableAllHooks?: unknown; env?: unknown } | null | undefined;
	if (settings?.disableAllHooks === true) return "disableAllHooks turns every hook off";
	return codeLoadedBy(settings) ?? (program === undefined ? undefined : disarmedHere(text, settings, program));
}

function disarmedHere(text: string, settings: unknown, program: string): string | undefined {
	const hook = hookInJson("claude-code", text);
	if (hook?.program !== program || hook.waitSeconds > MAX_HOOK_WAIT) return "the hooks of Countersign are gone from it";
	try {
		const { waitSeconds } = hook;
		if (withHooks(text, hookCommand(program, waitSeconds), waitSeconds + MARGIN) !== text)
			return "the hooks of Countersign are no longer as connect wrote them";
	} catch (error) {
		if (error instanceof Problem) return error.message;
		throw error;
	}
	const issue = known.safeParse(settings).error?.issues[0];
	const where = issue?.code === "unrecognized_keys" ? issue.keys[0] : issue?.path.join(".");
	return issue && `Claude Code may not take its "${where}", and would then ignore the whole file`;
}
