import { join } from "node:path";
import { type AgentSetup, ownFile } from "../agentSetup.ts";
import { afterScript, beforeScript } from "./script.ts";

export const clineSetup: AgentSetup = {
	agent: "cline",
	program: "cline",
	/** After 120 s, which nothing changes, Cline lets the call run; our program may take 10 s longer than it waits. */
	maxWait: 100,
	notice:
		"With Cline a denial ends the whole run, and the model is not told why; a person has 100 seconds to decide. Use it for safety only.",
	files: (scope, { workspace, userHome }, { program, waitSeconds }) => {
		const folder = join(scope === "user" ? userHome : workspace, ".cline", "hooks");
		return [
			{ ...ownFile(join(folder, "PreToolUse.sh"), beforeScript(program, waitSeconds)), isProgram: true },
			{ ...ownFile(join(folder, "PostToolUse.sh"), afterScript(program)), isProgram: true },
		];
	},
};
