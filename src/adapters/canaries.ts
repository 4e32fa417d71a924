import type { AgentCanary } from "./agentCanary.ts";
import { claudeCodeCanary } from "./claudeCode/canary.ts";
import { clineCanary } from "./cline/canary.ts";
import { codexCanary } from "./codex/canary.ts";
import { geminiCliCanary } from "./geminiCli/canary.ts";
import { openCodeCanary } from "./openCode/canary.ts";
import { qwenCodeCanary } from "./qwenCode/canary.ts";

/** How each agent that can be connected is tried. */
export const CANARIES: readonly AgentCanary[] = [
	claudeCodeCanary,
	codexCanary,
	geminiCliCanary,
	qwenCodeCanary,
	openCodeCanary,
	clineCanary,
];
