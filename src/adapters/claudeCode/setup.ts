import { join } from "node:path";
import { type AgentSetup, MARGIN } from "../agentSetup.ts";
import { hookCommand, withHooks, withoutHooks } from "./settings.ts";

export const claudeCodeSetup: AgentSetup = {
	agent: "claude-code",
	program: "claude",
	files: (scope, { workspace, userHome, environment }, { program, waitSeconds }) => [
		{
			// Project: the private file, since the shared one would block colleagues without Countersign.
			path:
				scope === "user"
					? join(environment.CLAUDE_CONFIG_DIR || join(userHome, ".claude"), "settings.json")
					: join(workspace, ".claude", "settings.local.json"),
			connect: (text) => withHooks(text, hookCommand(program, waitSeconds), waitSeconds + MARGIN),
			disconnect: withoutHooks,
		},
	],
};
