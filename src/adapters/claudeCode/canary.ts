import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tryParseJson } from "../../base/tryParseJson.ts";
import type { AgentCanary, Fault } from "../agentCanary.ts";
import { jsonHookCommand, saidNo } from "../hookAlone.ts";
import { hookInJson, movedInJson } from "../hookText.ts";
import { quietened } from "../quietSettings.ts";
import { settingsFaults } from "../settingsFaults.ts";
import { codeLoadedBy } from "./settings.ts";

const AGENT = "claude-code";

/** Where no person nor Claude writes; the same on every machine. */
const MANAGED =
	process.platform === "darwin"
		? "/Library/Application Support/ClaudeCode/managed-settings.json"
		: "/etc/claude-code/managed-settings.json";

export const claudeCodeCanary: AgentCanary = {
	agent: AGENT,
	settings: ({ workspace, userHome, environment }) => [
		join(environment.CLAUDE_CONFIG_DIR || join(userHome, ".claude"), "settings.json"),
		join(workspace, ".claude", "settings.json"),
		join(workspace, ".claude", "settings.local.json"),
		MANAGED,
	],
	faults: (path, text) => [
		...envFaults(text),
		...settingsFaults("Claude Code", text, { comments: false }, (settings) => {
			if (settings.disableAllHooks === true) return '"disableAllHooks" is true';
			if (path === MANAGED && settings.allowManagedHooksOnly === true) return '"allowManagedHooksOnly" is true';
			return undefined;
		}),
	],
	environmentFaults: ({ SHELL: _, CLAUDE_CONFIG_DIR: __, ...environment }) => {
		const set = Object.entries(environment).filter(([name, value]) => value && !name.startsWith("COUNTERSIGN_"));
		return envFaults(JSON.stringify({ env: Object.fromEntries(set) }));
	},
	hookIn: (text) => hookInJson(AGENT, text),
	moved: (text, from, to) => movedInJson(AGENT, text, from, to, 1),

	protocol: "messages",
	start(url, places) {
		requireOwnEndpoint();
		const files = claudeCodeCanary.settings(places).filter((path) => path !== MANAGED);
		return {
			words: [
				...["-p", "Do the task.", "--model", "claude-sonnet-4-5", "--strict-mcp-config"],
				...["--output-format", "stream-json", "--verbose", "--include-hook-events"],
				"--dangerously-skip-permissions",
				// Above what a settings file says: a person's own endpoint must not be asked.
				...["--settings", JSON.stringify({ env: endpoint(url), apiKeyHelper: "echo sk-dummy-not-a-key" })],
			],
			environment: {
				...endpoint(url),
				// Claude refuses to skip permissions as root unless it is told that the machine is a sandbox.
				IS_SANDBOX: "1",
				DISABLE_TELEMETRY: "1",
				DISABLE_ERROR_REPORTING: "1",
				DISABLE_AUTOUPDATER: "1",
				CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
				CLAUDE_CODE_MAX_RETRIES: "1",
			},
			files: Object.fromEntries(files.map((path) => [path, withoutPromptHook])),
		};
	},
	shell: (command) => ({ name: "Bash", input: { command, description: "Run it" } }),

	hookCommand: (text) => jsonHookCommand(AGENT, text),
	payload: (cwd, what) => ({
		...{ session_id: "doctor", transcript_path: "", cwd, permission_mode: "bypassPermissions" },
		...{ hook_event_name: "PreToolUse", tool_use_id: "toolu_doctor" },
		...("read" in what
			? { tool_name: "Read", tool_input: { file_path: what.read } }
			: { tool_name: "Bash", tool_input: { command: what.command, description: "Run it" } }),
	}),
	allows: (ending) => !saidNo(ending),

	cannotClose: [
		"claude --bare, --safe-mode and --setting-sources without this file call no hook; only hooks in managed settings hold then.",
		"In a folder that you have not trusted yet, an interactive session calls no hooks of the folder.",
		"Claude reads its settings again in mid-session. A running session is kept from taking a file without our hooks; the next one starts with it.",
	],
};

/** Where no gate answers, the hook at the prompt ends the turn: the call itself would not be tried. */
const withoutPromptHook = (text: string) => quietened(text, [[["hooks", "UserPromptSubmit"], undefined]]);

function envFaults(text: string): readonly Fault[] {
	const loads = codeLoadedBy(tryParseJson(text) as { env?: unknown } | undefined);
	return loads === undefined ? [] : [{ level: "slips", says: `${loads}: it can answer for the gate.` }];
}

/** Nothing goes above managed settings, and nobody but the canary's model may be asked. */
function requireOwnEndpoint(): void {
	if (!existsSync(MANAGED) || !/"(?:ANTHROPIC_|CLAUDE_CODE_USE_)/.test(readFileSync(MANAGED, "utf8"))) return;
	throw new Error(`${MANAGED} sets the model's address, so claude cannot be tried without asking it`);
}

const endpoint = (url: string) => ({
	ANTHROPIC_BASE_URL: url,
	ANTHROPIC_API_KEY: "sk-dummy-not-a-key",
	ANTHROPIC_AUTH_TOKEN: "",
	...{ CLAUDE_CODE_USE_BEDROCK: "", CLAUDE_CODE_USE_VERTEX: "", CLAUDE_CODE_USE_FOUNDRY: "" },
	...{ HTTP_PROXY: "", HTTPS_PROXY: "", NO_PROXY: "127.0.0.1" },
});
