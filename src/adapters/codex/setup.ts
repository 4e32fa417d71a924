import { join } from "node:path";
import { type AgentSetup, MARGIN } from "../agentSetup.ts";
import { hookCommand } from "../hookCommand.ts";
import { withHooks, withoutHooks } from "./settings.ts";

export const codexSetup: AgentSetup = {
	agent: "codex",
	program: "codex",
	files: (scope, { workspace, userHome, environment }, { program, waitSeconds }) => [
		{
			path: join(
				scope === "user" ? environment.CODEX_HOME || join(userHome, ".codex") : join(workspace, ".codex"),
				"hooks.json",
			),
			connect: (text) => withHooks(text, hookCommand("codex", program, waitSeconds), waitSeconds + MARGIN),
			disconnect: withoutHooks,
		},
	],
};
