import type { AgentSetup } from "../adapters/agentSetup.ts";

const NAMES: Readonly<Record<string, string>> = {
	"claude-code": "Claude Code",
	codex: "Codex",
	"gemini-cli": "Gemini CLI",
	"qwen-code": "Qwen Code",
	opencode: "OpenCode",
	cline: "Cline",
};

/** What people call the agent. */
export const nameOf = ({ agent }: AgentSetup): string => NAMES[agent] ?? agent;
