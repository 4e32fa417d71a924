import { join } from "node:path";
import { type AgentSetup, MARGIN, ownFile } from "../agentSetup.ts";
import { hookCommand } from "../hookCommand.ts";
import { FLOOR } from "./policy.ts";
import { withHooks, withoutHooks } from "./settings.ts";

export const geminiCliSetup: AgentSetup = {
	agent: "gemini-cli",
	program: "gemini",
	files: (scope, { workspace, userHome, environment }, { program, waitSeconds }) => {
		const userFolder = join(environment.GEMINI_CLI_HOME || userHome, ".gemini");
		return [
			{
				path: join(scope === "user" ? userFolder : join(workspace, ".gemini"), "settings.json"),
				connect: (text) => withHooks(text, hookCommand("gemini-cli", program, waitSeconds), waitSeconds + MARGIN),
				disconnect: withoutHooks,
			},
			// Gemini takes no policy of a project.
			{ ...ownFile(join(userFolder, "policies", "countersign.toml"), FLOOR), isShared: true },
		];
	},
};
