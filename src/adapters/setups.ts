import type { AgentSetup } from "./agentSetup.ts";
import { claudeCodeSetup } from "./claudeCode/setup.ts";
import { clineSetup } from "./cline/setup.ts";
import { codexSetup } from "./codex/setup.ts";
import { geminiCliSetup } from "./geminiCli/setup.ts";
import { openCodeSetup } from "./openCode/setup.ts";
import { qwenCodeSetup } from "./qwenCode/setup.ts";

/** Every agent that `countersign connect` knows. */
export const SETUPS: readonly AgentSetup[] = [
	claudeCodeSetup,
	codexSetup,
	geminiCliSetup,
	qwenCodeSetup,
	openCodeSetup,
	clineSetup,
];
