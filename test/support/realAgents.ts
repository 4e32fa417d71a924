import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Turn } from "../../src/doctor/modelServer.ts";
import { type ScriptedModel, startScriptedModel } from "../../src/doctor/scriptedModel.ts";
import { type AgentProgram, type PackagedAgent, provisionAgent } from "./agentPackages.ts";
import { type AgentResult, collect, killTree } from "./claude.ts";
import { makePlace, type Place } from "./gateProcess.ts";
import { atExit, tempDir } from "./tempDir.ts";

/** One agent as a test drives it: in its auto-approve mode, where nothing but our hook stands between model and disk. */
export interface RealAgent {
	readonly agent: PackagedAgent;
	/** Where one agent has several. */
	readonly mode?: string;
	readonly protocol: "responses" | "gemini" | "chat";
	readonly words: readonly string[];
	/** What it needs besides our hooks: the model's address, and nothing that asks the network. */
	configure(home: string, workspace: string, url: string): Readonly<Record<string, string>>;
	environment(url: string): Readonly<Record<string, string>>;
	readonly calls: {
		write(path: string, content: string): Turn;
		edit(path: string, old: string, changed: string): Turn;
		shell(command: string): Turn;
		/** Where an edit of a file that was not read fails before or behind the hook. */
		read?(path: string): Turn;
	};
}

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
const call = (name: string, input: Record<string, unknown>): Turn => ({ calls: [{ name, input }] });
const patch = (...lines: string[]) =>
	call("apply_patch", { input: ["*** Begin Patch", ...lines, "*** End Patch"].join("\n") });
const lines = (mark: string, text: string) =>
	text
		.replace(/\n$/, "")
		.split("\n")
		.map((line) => mark + line);

const codex: RealAgent = {
	agent: "codex",
	protocol: "responses",
	words: ["exec", "--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "Do the task."],
	configure: (_, workspace, url) => ({
		".codex/config.toml": `model = "gpt-5.5"
model_provider = "fake"
check_for_update_on_startup = false

[model_providers.fake]
name = "fake"
base_url = "${url}/v1"
env_key = "FAKE_KEY"
wire_api = "responses"
request_max_retries = 1
stream_max_retries = 1

[features]
plugins = false
remote_plugin = false
apps = false

[analytics]
enabled = false

[projects.${JSON.stringify(workspace)}]
trust_level = "trusted"
`,
	}),
	environment: () => ({ FAKE_KEY: "x" }),
	calls: {
		write: (path, content) => patch(`*** Add File: ${path}`, ...lines("+", content)),
		edit: (path, old, changed) => patch(`*** Update File: ${path}`, "@@", ...lines("-", old), ...lines("+", changed)),
		shell: (cmd) => call("exec_command", { cmd }),
	},
};

const inScript = (tool: string, argument: unknown) =>
	call("exec", { input: `text(await tools.${tool}(${JSON.stringify(argument)}))` });
const patchInScript = (turn: Turn) => ("calls" in turn ? inScript("apply_patch", turn.calls[0]?.input.input) : turn);

/** Newer models call Codex's tools from JavaScript. */
const codexInCode: RealAgent = {
	...codex,
	mode: " in code mode",
	configure: (...place) =>
		Object.fromEntries(
			Object.entries(codex.configure(...place)).map(([name, text]) => [name, text.replace("gpt-5.5", "gpt-6-sol")]),
		),
	calls: {
		write: (...file) => patchInScript(codex.calls.write(...file)),
		edit: (...change) => patchInScript(codex.calls.edit(...change)),
		shell: (cmd) => inScript("exec_command", { cmd }),
	},
};

const geminiCli: RealAgent = {
	agent: "gemini-cli",
	protocol: "gemini",
	words: ["-p", "Do the task.", "-m", "gemini-2.5-pro", "--skip-trust", "-o", "json", "--approval-mode", "yolo"],
	configure: () => ({
		".gemini/settings.json": json({
			security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
			general: { enableAutoUpdate: false },
			privacy: { usageStatisticsEnabled: false },
			telemetry: { enabled: false },
		}),
	}),
	environment: (url) => ({ GEMINI_API_KEY: "dummy", GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_NO_RELAUNCH: "true" }),
	calls: {
		write: (file_path, content) => call("write_file", { file_path, content }),
		edit: (file_path, old_string, new_string) =>
			call("replace", { file_path, instruction: "Change it.", old_string, new_string }),
		shell: (command) => call("run_shell_command", { command, description: "Run it" }),
	},
};

const qwenCode: RealAgent = {
	agent: "qwen-code",
	protocol: "chat",
	words: ["--auth-type", "openai", "-m", "fake-model", "-o", "json", "--approval-mode", "yolo", "Do the task."],
	configure: () => ({
		".qwen/settings.json": json({
			security: { auth: { selectedType: "openai" }, folderTrust: { enabled: false } },
			general: { enableAutoUpdate: false },
			privacy: { usageStatisticsEnabled: false },
			telemetry: { enabled: false },
		}),
	}),
	environment: (url) => ({
		...{ OPENAI_API_KEY: "dummy", OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: "fake-model" },
		QWEN_CODE_NO_RELAUNCH: "true",
	}),
	calls: {
		write: (file_path, content) => call("write_file", { file_path, content }),
		edit: (file_path, old_string, new_string) => call("edit", { file_path, old_string, new_string }),
		shell: (command) => call("run_shell_command", { command, description: "Run it", is_background: false }),
		read: (file_path) => call("read_file", { file_path }),
	},
};

const openCode: RealAgent = {
	agent: "opencode",
	protocol: "chat",
	words: ["run", "--format", "json", "--auto", "Do the task."],
	configure: (_, __, url) => ({
		".config/opencode/opencode.json": json({
			model: "fake/fake-model",
			small_model: "fake/fake-model",
			...{ autoupdate: false, share: "disabled", snapshot: false },
			provider: {
				fake: {
					npm: "@ai-sdk/openai-compatible",
					name: "Fake",
					options: { baseURL: `${url}/v1`, apiKey: "dummy" },
					models: { "fake-model": { name: "Fake" } },
				},
			},
		}),
	}),
	environment: () => ({
		OPENCODE_DISABLE_AUTOUPDATE: "1",
		OPENCODE_DISABLE_MODELS_FETCH: "1",
		OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
		OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
	}),
	calls: {
		write: (filePath, content) => call("write", { filePath, content }),
		edit: (filePath, oldString, newString) => call("edit", { filePath, oldString, newString }),
		shell: (command) => call("bash", { command, description: "Run it" }),
	},
};

/** A denial ends its run, so it has tests of its own. */
export const CLINE: RealAgent = {
	agent: "cline",
	protocol: "chat",
	words: ["--json", "-P", "openai-compatible", "-m", "fake-model", "--auto-approve", "true", "Do the task."],
	configure: (_, __, url) => ({
		".cline/data/settings/providers.json": json({
			...{ version: 1, lastUsedProvider: "openai-compatible", modes: {} },
			providers: {
				"openai-compatible": {
					settings: { provider: "openai-compatible", baseUrl: `${url}/v1`, apiKey: "dummy", model: "fake-model" },
					updatedAt: "2026-01-01T00:00:00.000Z",
					tokenSource: "manual",
				},
			},
		}),
		".cline/data/settings/global-settings.json": json({ telemetryOptOut: true }),
	}),
	environment: () => ({ CLINE_SESSION_BACKEND_MODE: "local" }),
	calls: {
		write: (path, content) => call("editor", { path, new_text: content }),
		edit: (path, old_text, new_text) => call("editor", { path, old_text, new_text }),
		shell: (command) => call("run_commands", { commands: [command] }),
	},
};

export const REAL_AGENTS: readonly RealAgent[] = [codex, codexInCode, geminiCli, qwenCode, openCode];

/** A place with a home of its own for one agent, and the agent's program on its PATH. */
export interface AgentPlace extends Place {
	readonly agentHome: string;
	readonly model: ScriptedModel;
	readonly program: AgentProgram;
}

export async function makeAgentPlace(
	real: RealAgent,
	files: Readonly<Record<string, string>>,
	script: (workspace: string) => readonly Turn[],
): Promise<AgentPlace> {
	const program = await provisionAgent(real.agent);
	const place = makePlace(files);
	const agentHome = tempDir("agent-");
	const model = await startScriptedModel(real.protocol, script(place.workspace));
	for (const [name, text] of Object.entries(real.configure(agentHome, place.workspace, model.url))) {
		mkdirSync(dirname(join(agentHome, name)), { recursive: true });
		writeFileSync(join(agentHome, name), text);
	}
	const PATH = `${dirname(program.command[0])}:${dirname(program.node)}:/usr/local/bin:/usr/bin:/bin`;
	const environment = { ...place.environment, HOME: agentHome, PATH, CODEX_HOME: "", XDG_CONFIG_HOME: "" };
	return { ...place, environment, agentHome, model, program };
}

export interface RealRun {
	readonly done: Promise<AgentResult>;
	kill(): void;
}

export function runAgent(real: RealAgent, place: AgentPlace): RealRun {
	const { agentHome, environment, program, model } = place;
	const temporary = join(agentHome, "tmp");
	mkdirSync(temporary, { recursive: true });
	const [command, ...words] = program.command;
	const child = spawn(command, [...words, ...real.words], {
		cwd: place.workspace,
		// Built from nothing: a developer's own key or settings must neither be used nor be needed.
		env: {
			...{ PATH: environment.PATH, HOME: agentHome, TMPDIR: temporary, USER: "agent", SHELL: "/bin/bash" },
			...{ LANG: "C.UTF-8", TERM: "dumb" },
			...real.environment(model.url),
		},
		detached: true,
		stdio: ["ignore", "pipe", "pipe"],
	});
	atExit(() => killTree(child));
	return { done: collect(child), kill: () => killTree(child) };
}
