import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AgentCanary } from "../../src/adapters/agentCanary.ts";
import { clineCanary } from "../../src/adapters/cline/canary.ts";
import { codexCanary } from "../../src/adapters/codex/canary.ts";
import { geminiCliCanary } from "../../src/adapters/geminiCli/canary.ts";
import { openCodeCanary } from "../../src/adapters/openCode/canary.ts";
import { qwenCodeCanary } from "../../src/adapters/qwenCode/canary.ts";
import type { Turn } from "../../src/doctor/modelServer.ts";
import { killTree } from "../../src/doctor/processTree.ts";
import { type ScriptedModel, startScriptedModel } from "../../src/doctor/scriptedModel.ts";
import { type AgentProgram, type PackagedAgent, provisionAgent } from "./agentPackages.ts";
import { type AgentResult, collect } from "./claude.ts";
import { makePlace, type Place } from "./gateProcess.ts";
import { atExit, tempDir } from "./tempDir.ts";

/** One agent as a test drives it: in its auto-approve mode, where nothing but our hook stands between model and disk. */
export interface RealAgent {
	readonly agent: PackagedAgent;
	/** Where one agent has several. */
	readonly mode?: string;
	/** How it is started offline, as `countersign doctor` starts it. */
	readonly canary: AgentCanary;
	/** Where a test wants others. */
	readonly words?: readonly string[];
	/** Files in its home that it needs besides. */
	readonly configure?: (workspace: string, url: string) => Readonly<Record<string, string>>;
	readonly calls: {
		write(path: string, content: string): Turn;
		edit(path: string, old: string, changed: string): Turn;
		shell(command: string): Turn;
		/** Where an edit of a file that was not read fails before or behind the hook. */
		read?(path: string): Turn;
	};
}

const call = (name: string, input: Record<string, unknown>): Turn => ({ calls: [{ name, input }] });
const command = (canary: AgentCanary, words: string): Turn => ({ calls: [canary.shell(words)] });
const patch = (...lines: string[]) =>
	call("apply_patch", { input: ["*** Begin Patch", ...lines, "*** End Patch"].join("\n") });
const lines = (mark: string, text: string) =>
	text
		.replace(/\n$/, "")
		.split("\n")
		.map((line) => mark + line);

const codex: RealAgent = {
	agent: "codex",
	canary: codexCanary,
	words: ["exec", "--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "Do the task."],
	configure: (workspace, url) => ({
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
	calls: {
		write: (path, content) => patch(`*** Add File: ${path}`, ...lines("+", content)),
		edit: (path, old, changed) => patch(`*** Update File: ${path}`, "@@", ...lines("-", old), ...lines("+", changed)),
		shell: (cmd) => command(codexCanary, cmd),
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
			Object.entries(codex.configure?.(...place) ?? {}).map(([name, text]) => [
				name,
				text.replace("gpt-5.5", "gpt-6-sol"),
			]),
		),
	calls: {
		write: (...file) => patchInScript(codex.calls.write(...file)),
		edit: (...change) => patchInScript(codex.calls.edit(...change)),
		shell: (cmd) => inScript("exec_command", { cmd }),
	},
};

const geminiCli: RealAgent = {
	agent: "gemini-cli",
	canary: geminiCliCanary,
	calls: {
		write: (file_path, content) => call("write_file", { file_path, content }),
		edit: (file_path, old_string, new_string) =>
			call("replace", { file_path, instruction: "Change it.", old_string, new_string }),
		shell: (words) => command(geminiCliCanary, words),
	},
};

const qwenCode: RealAgent = {
	agent: "qwen-code",
	canary: qwenCodeCanary,
	calls: {
		write: (file_path, content) => call("write_file", { file_path, content }),
		edit: (file_path, old_string, new_string) => call("edit", { file_path, old_string, new_string }),
		shell: (words) => command(qwenCodeCanary, words),
		read: (file_path) => call("read_file", { file_path }),
	},
};

const openCode: RealAgent = {
	agent: "opencode",
	canary: openCodeCanary,
	calls: {
		write: (filePath, content) => call("write", { filePath, content }),
		edit: (filePath, oldString, newString) => call("edit", { filePath, oldString, newString }),
		shell: (words) => command(openCodeCanary, words),
	},
};

/** A denial ends its run, so it has tests of its own. */
export const CLINE: RealAgent = {
	agent: "cline",
	canary: clineCanary,
	calls: {
		write: (path, content) => call("editor", { path, new_text: content }),
		edit: (path, old_text, new_text) => call("editor", { path, old_text, new_text }),
		shell: (words) => command(clineCanary, words),
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
	const model = await startScriptedModel(real.canary.protocol, script(place.workspace));
	const { files: needed = {} } = startOf(real, place.workspace, agentHome, model.url);
	const own = Object.entries(real.configure?.(place.workspace, model.url) ?? {});
	const texts = Object.entries(needed).flatMap(([path, edit]) => (edit("") === "" ? [] : [[path, edit("")] as const]));
	for (const [path, text] of [...texts, ...own.map(([name, text]) => [join(agentHome, name), text] as const)]) {
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, text);
	}
	const PATH = `${dirname(program.command[0])}:${dirname(program.node)}:/usr/local/bin:/usr/bin:/bin`;
	const environment = { ...place.environment, HOME: agentHome, PATH, CODEX_HOME: "", XDG_CONFIG_HOME: "" };
	return { ...place, environment, agentHome, model, program };
}

const startOf = ({ canary }: RealAgent, workspace: string, userHome: string, url: string) =>
	canary.start(url, { workspace, userHome, environment: {} });

export interface RealRun {
	readonly done: Promise<AgentResult>;
	kill(): void;
}

export function runAgent(real: RealAgent, place: AgentPlace): RealRun {
	const { agentHome, environment, program, model } = place;
	const temporary = join(agentHome, "tmp");
	mkdirSync(temporary, { recursive: true });
	const [command, ...words] = program.command;
	const start = startOf(real, place.workspace, agentHome, model.url);
	const child = spawn(command, [...words, ...(real.words ?? start.words)], {
		cwd: place.workspace,
		// Built from nothing: a developer's own key or settings must neither be used nor be needed.
		env: {
			...{ PATH: environment.PATH, HOME: agentHome, TMPDIR: temporary, USER: "agent", SHELL: "/bin/bash" },
			...{ LANG: "C.UTF-8", TERM: "dumb" },
			...start.environment,
		},
		detached: true,
		stdio: ["ignore", "pipe", "pipe"],
	});
	atExit(() => killTree(child));
	return { done: collect(child), kill: () => killTree(child) };
}
