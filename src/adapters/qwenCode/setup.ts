import { join } from "node:path";
import { type AgentSetup, MARGIN } from "../agentSetup.ts";
import { hookCommand } from "../hookCommand.ts";
import { withHooks, withoutHooks } from "./settings.ts";

export const qwenCodeSetup: AgentSetup = {
	agent: "qwen-code",
	program: "qwen",
	files: (scope, { workspace, userHome, environment }, { program, waitSeconds }) => [
		{
			path: join(
				scope === "user" ? environment.QWEN_HOME || join(userHome, ".qwen") : join(workspace, ".qwen"),
				"settings.json",
			),
			connect: (text) => withHooks(text, hookCommand("qwen-code", program, waitSeconds), waitSeconds + MARGIN),
			disconnect: withoutHooks,
		},
	],
};
