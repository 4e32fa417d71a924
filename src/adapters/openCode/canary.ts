import { dirname, join } from "node:path";
import type { AgentCanary, Fault } from "../agentCanary.ts";
import { movedProgram } from "../hookText.ts";
import { type Quiet, quietened } from "../quietSettings.ts";
import { settingsFaults } from "../settingsFaults.ts";

/** What decides about plugins in a configuration folder. Of `node_modules` only what OpenCode waits for. */
const IN_FOLDER = [
	...["opencode.json", "opencode.jsonc", "config.json", "plugin", "plugins", "package.json", "package-lock.json"],
	join("node_modules", "@opencode-ai", "plugin", "package.json"),
];

const SETTINGS = /\/(?:opencode|config)\.jsonc?$/;
/** Servers of a person's own are not started, and plugins from the registry would be waited for. */
const QUIET: Quiet = [
	[["mcp"], undefined],
	[["plugin"], undefined],
];

export const openCodeCanary: AgentCanary = {
	agent: "opencode",
	settings: ({ workspace, userHome, environment }) => {
		const user = join(environment.XDG_CONFIG_HOME || join(userHome, ".config"), "opencode");
		const folders = [user, join(workspace, ".opencode")];
		return [
			...folders.flatMap((folder) => IN_FOLDER.map((name) => join(folder, name))),
			...["opencode.json", "opencode.jsonc"].map((name) => join(workspace, name)),
		];
	},
	faults: (path, text) =>
		SETTINGS.test(path) ? settingsFaults("OpenCode", text, { comments: true }, () => undefined) : [],
	environmentFaults({ OPENCODE_PURE: pure = "", OPENCODE_PERMISSION: permission = "" }) {
		const faults: Fault[] = [];
		if (/^(?:1|true)$/i.test(pure))
			faults.push({ level: "slips", says: "OPENCODE_PURE is set in this shell: OpenCode loads no plugin." });
		if (permission)
			faults.push({ level: "warn", says: "OPENCODE_PERMISSION is set in this shell: it goes before the floor." });
		return faults;
	},
	hookIn(text) {
		const [, program, waitSeconds] = /^const PROGRAM = (".*");\nconst WAIT = (\d+);$/m.exec(text) ?? [];
		return program === undefined ? undefined : { program: JSON.parse(program), waitSeconds: Number(waitSeconds) };
	},
	moved: (text, from, to) =>
		movedProgram(text, from.program, to.program).replace(
			`const WAIT = ${from.waitSeconds};`,
			`const WAIT = ${to.waitSeconds};`,
		),

	protocol: "chat",
	start: (url, places) => ({
		words: ["run", "--format", "json", "--auto", "-m", "fake/fake-model", "Do the task."],
		environment: {
			OPENCODE_DISABLE_AUTOUPDATE: "1",
			OPENCODE_DISABLE_MODELS_FETCH: "1",
			OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
			OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
			OPENCODE_CONFIG_CONTENT: JSON.stringify({
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
		},
		files: Object.fromEntries(
			openCodeCanary
				.settings(places)
				.filter((path) => SETTINGS.test(path))
				.map((path) => [path, (text: string) => quietened(text, QUIET)]),
		),
	}),
	shell: (command) => ({ name: "bash", input: { command, description: "Run it" } }),

	// The plugin starts the program that it names; where OpenCode does not load it, only OpenCode can show that.
	hookCommand(text, file) {
		const hook = openCodeCanary.hookIn(text);
		if (!hook || !dirname(file).endsWith("plugin")) return undefined;
		return [hook.program, "opencode", String(hook.waitSeconds)];
	},
	payload: (cwd, what) => ({
		...{ agent: "opencode", hook_event_name: "PreToolUse", cwd, session_id: "doctor", tool_use_id: "call_doctor" },
		...("read" in what
			? { tool_name: "read", tool_input: { filePath: what.read } }
			: { tool_name: "bash", tool_input: { command: what.command, description: "Run it" } }),
	}),
	allows: ({ code, stdout }) => code === 0 && /"decision":\s*"allow"/.test(stdout),

	cannotClose: [
		"opencode --pure (or OPENCODE_PURE=1) loads no plugin: only the floor asks then, and --auto answers that by itself.",
		"A plugin that OpenCode cannot load is skipped without a word.",
		"OPENCODE_PERMISSION in the environment goes before the floor.",
	],
};
