import { dirname, join } from "node:path";
import { shellUnquote } from "../../base/shellQuote.ts";
import { tryParseJson } from "../../base/tryParseJson.ts";
import type { AgentCanary } from "../agentCanary.ts";
import { movedProgram } from "../hookText.ts";

export const clineCanary: AgentCanary = {
	agent: "cline",
	settings: ({ workspace, userHome }) => [userHome, workspace].map((folder) => join(folder, ".cline", "hooks")),
	faults: () => [],
	hookIn(text) {
		const [, program, waitSeconds] = /^out=\$\(('.*') cline (\d+) 2>&1\)$/m.exec(text) ?? [];
		return program === undefined ? undefined : { program: shellUnquote(program), waitSeconds: Number(waitSeconds) };
	},
	moved: (text, from, to) =>
		movedProgram(text, from.program, to.program).replace(` cline ${from.waitSeconds} `, ` cline ${to.waitSeconds} `),

	protocol: "chat",
	start: (url, { userHome }) => {
		const settings = { provider: "openai-compatible", baseUrl: `${url}/v1`, apiKey: "dummy", model: "fake-model" };
		const added = { updatedAt: "2026-01-01T00:00:00.000Z", tokenSource: "manual" };
		const folder = join(userHome, ".cline", "data", "settings");
		return {
			words: ["--json", "-P", "openai-compatible", "-m", "fake-model", "--auto-approve", "true", "Do the task."],
			environment: { CLINE_SESSION_BACKEND_MODE: "local" },
			files: {
				[join(folder, "providers.json")]: () =>
					JSON.stringify({
						...{ version: 1, lastUsedProvider: "openai-compatible", modes: {} },
						providers: { "openai-compatible": { settings, ...added } },
					}),
				[join(folder, "global-settings.json")]: () => JSON.stringify({ telemetryOptOut: true }),
			},
		};
	},
	shell: (command) => ({ name: "run_commands", input: { commands: [command] } }),
	endedByDenial: (stdout) => stdout.includes('"finishReason":"aborted"'),

	hookCommand: (text, file) => (text === "" || !dirname(file).endsWith("hooks") ? undefined : [file]),
	payload: (cwd, what) => ({
		...{ clineVersion: "", timestamp: "2026-01-01T00:00:00.000Z", taskId: "doctor", workspaceRoots: [cwd] },
		...{ hookName: "tool_call", iteration: 1 },
		tool_call: {
			id: "call_doctor",
			...("read" in what
				? { name: "read_files", input: { files: [{ path: what.read }] } }
				: { name: "run_commands", input: { commands: [what.command] } }),
		},
	}),
	// Whatever is not a whole answer that cancels lets the call run, the exit code too.
	allows: ({ stdout }) => (tryParseJson(stdout) as { cancel?: unknown } | undefined)?.cancel !== true,

	cannotClose: [
		"After 120 s, which nothing changes, Cline lets the call run; ours is denied before.",
		"A script that is itself killed lets the call run; so does ending Cline while a call waits.",
		"A denial ends the whole run, and the model is not told why.",
	],
};
