import { join } from "node:path";
import type { AgentCanary } from "../agentCanary.ts";
import { jsonHookCommand, saidNo } from "../hookAlone.ts";
import { hookInJson, movedInJson } from "../hookText.ts";
import { type Quiet, quietened } from "../quietSettings.ts";
import { settingsFaults } from "../settingsFaults.ts";

const AGENT = "qwen-code";
const SYSTEM =
	process.platform === "darwin"
		? "/Library/Application Support/QwenCode/settings.json"
		: "/etc/qwen-code/settings.json";
const QUIET: Quiet = [
	[["security", "auth"], { selectedType: "openai" }],
	[["security", "folderTrust"], { enabled: false }],
	[["general", "enableAutoUpdate"], false],
	[["privacy", "usageStatisticsEnabled"], false],
	[["telemetry"], { enabled: false }],
	[["mcpServers"], {}],
	...(["env", "model", "modelProviders"] as const).map((name) => [[name], undefined] as const),
];

export const qwenCodeCanary: AgentCanary = {
	agent: AGENT,
	settings: ({ workspace, userHome, environment }) => [
		join(environment.QWEN_HOME || join(userHome, ".qwen"), "settings.json"),
		join(workspace, ".qwen", "settings.json"),
		SYSTEM,
	],
	faults: (_, text) =>
		settingsFaults("Qwen Code", text, { comments: true }, (settings) => {
			return settings.disableAllHooks === true ? '"disableAllHooks" is true' : undefined;
		}),
	hookIn: (text) => hookInJson(AGENT, text),
	// Milliseconds.
	moved: (text, from, to) => movedInJson(AGENT, text, from, to, 1000),

	protocol: "chat",
	start: (url, { userHome, workspace }) => ({
		words: [
			...["--auth-type", "openai", "--openai-base-url", `${url}/v1`, "--openai-api-key", "dummy", "-m", "fake-model"],
			...["-o", "json", "--approval-mode", "yolo", "Do the task."],
		],
		environment: {
			...{ OPENAI_API_KEY: "dummy", OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: "fake-model" },
			...{ QWEN_CODE_NO_RELAUNCH: "true" },
		},
		files: {
			[join(userHome, ".qwen", "settings.json")]: (text) => quietened(text || "{}", QUIET),
			[join(workspace, ".qwen", "settings.json")]: (text) => quietened(text || "{}", QUIET),
		},
	}),
	shell: (command) => ({ name: "run_shell_command", input: { command, description: "Run it", is_background: false } }),

	hookCommand: (text) => jsonHookCommand(AGENT, text),
	payload: (cwd, what) => ({
		...{ session_id: "doctor", transcript_path: "", cwd, timestamp: "2026-01-01T00:00:00.000Z" },
		...{
			hook_event_name: "PreToolUse",
			permission_mode: "yolo",
			tool_use_id: "toolu_doctor",
			tool_call_id: "call_doctor",
		},
		...("read" in what
			? { tool_name: "read_file", tool_input: { file_path: what.read } }
			: {
					tool_name: "run_shell_command",
					tool_input: { command: what.command, description: "Run it", is_background: false },
				}),
	}),
	allows: (ending) => !saidNo(ending),

	cannotClose: [
		"A hook that is ended together with its shell lets the call run.",
		"qwen started with other settings (QWEN_HOME, QWEN_CODE_SYSTEM_SETTINGS_PATH) calls the hooks of those.",
	],
};
