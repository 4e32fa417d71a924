import { join } from "node:path";
import type { AgentCanary } from "../agentCanary.ts";
import { jsonHookCommand, saidNo } from "../hookAlone.ts";
import { hookInJson, movedInJson } from "../hookText.ts";
import { type Quiet, quietened } from "../quietSettings.ts";
import { settingsFaults } from "../settingsFaults.ts";

const AGENT = "gemini-cli";
const SYSTEM =
	process.platform === "darwin"
		? "/Library/Application Support/GeminiCli/settings.json"
		: "/etc/gemini-cli/settings.json";
/** Only the system's settings stand above these, and Gemini takes none for the system's from a temp folder. */
const QUIET: Quiet = [
	[["security", "auth", "selectedType"], "gemini-api-key"],
	[["security", "folderTrust", "enabled"], false],
	[["general", "enableAutoUpdate"], false],
	[["privacy", "usageStatisticsEnabled"], false],
	[["telemetry", "enabled"], false],
	[["mcpServers"], {}],
];

export const geminiCliCanary: AgentCanary = {
	agent: AGENT,
	settings: ({ workspace, userHome, environment }) => [
		join(environment.GEMINI_CLI_HOME || userHome, ".gemini", "settings.json"),
		join(environment.GEMINI_CLI_HOME || userHome, ".gemini", "policies"),
		join(workspace, ".gemini", "settings.json"),
		SYSTEM,
	],
	faults: (_, text) =>
		settingsFaults("Gemini CLI", text, { comments: true }, (settings) => {
			const { enabled, disabled } = (settings.hooksConfig ?? {}) as { enabled?: unknown; disabled?: unknown };
			if (enabled === false) return '"hooksConfig.enabled" is false';
			return Array.isArray(disabled) && disabled.includes("countersign")
				? '"hooksConfig.disabled" names countersign'
				: undefined;
		}),
	hookIn: (text) => hookInJson(AGENT, text),
	// Milliseconds.
	moved: (text, from, to) => movedInJson(AGENT, text, from, to, 1000),

	protocol: "gemini",
	start: (url, { userHome, workspace }) => ({
		words: ["-p", "Do the task.", "-m", "gemini-2.5-pro", "--skip-trust", "-o", "json", "--approval-mode", "yolo"],
		environment: {
			...{ GEMINI_API_KEY: "dummy", GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_NO_RELAUNCH: "true" },
		},
		files: {
			[join(userHome, ".gemini", "settings.json")]: (text) => quietened(text || "{}", QUIET),
			[join(workspace, ".gemini", "settings.json")]: (text) => quietened(text || "{}", QUIET),
		},
	}),
	shell: (command) => ({ name: "run_shell_command", input: { command, description: "Run it" } }),

	hookCommand: (text) => jsonHookCommand(AGENT, text),
	payload: (cwd, what) => ({
		...{ session_id: "doctor", transcript_path: "", cwd, timestamp: "2026-01-01T00:00:00.000Z" },
		hook_event_name: "BeforeTool",
		...("read" in what
			? { tool_name: "read_file", tool_input: { file_path: what.read } }
			: { tool_name: "run_shell_command", tool_input: { command: what.command, description: "Run it" } }),
	}),
	allows: (ending) => !saidNo(ending),

	cannotClose: [
		"Gemini skips a folder's own settings, hooks and all, in a folder that you do not trust.",
		"In auto-edit mode Gemini's file tools heed no policy that asks: for them the hook stands alone.",
		"In yolo mode the hook stands alone: a hook that is ended together with its shell lets the call run.",
	],
};
