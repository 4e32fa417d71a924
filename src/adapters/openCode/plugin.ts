/**
 * The plugin, as text: OpenCode loads it from its configuration folder. It needs nothing but Node's own modules; a plugin
 * that cannot be loaded is skipped, and everything runs. Whatever goes wrong in it throws, and a throw is a denial.
 */
export const pluginText = (program: string, waitSeconds: number): string => `\
// Written by Countersign (countersign connect opencode): every tool call asks a person first.
import { spawn } from "node:child_process";

const PROGRAM = ${JSON.stringify(program)};
const WAIT = ${waitSeconds};

/** Resolves with a complete answer that allows; everything else is an error, whose text the model reads. */
function ask(directory, payload) {
	return new Promise((resolve, reject) => {
		const environment = { ...process.env, CLAUDE_PROJECT_DIR: directory };
		const child = spawn(PROGRAM, ["opencode", String(WAIT)], { cwd: directory, env: environment });
		let [stdout, stderr] = ["", ""];
		child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
		child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
		child.stdin.on("error", () => undefined);
		child.on("error", (error) => reject(new Error("Countersign cannot be started, so nothing runs: " + error.message)));
		child.on("close", (code) => {
			try {
				const answer = code === 0 ? JSON.parse(stdout) : undefined;
				if (answer?.decision === "allow") return resolve(answer);
			} catch {
				// Half an answer is none.
			}
			reject(new Error((code !== 0 && stderr.trim()) || "Countersign did not allow this call."));
		});
		child.stdin.end(JSON.stringify({ agent: "opencode", cwd: directory, ...payload }));
	});
}

const call = (event, input, args) => ({
	hook_event_name: event,
	session_id: input.sessionID,
	tool_use_id: input.callID,
	tool_name: input.tool,
	tool_input: args,
});

export const Countersign = async ({ client, directory }) => {
	/** Calls that a person, a rule or the policy let pass and that now run. */
	const passed = new Set();
	return {
		"tool.execute.before": async (input, output) => {
			const answer = await ask(directory, call("PreToolUse", input, output.args));
			Object.assign(output.args, answer.args);
			passed.add(input.callID);
		},
		"tool.execute.after": async (input, output) => {
			passed.delete(input.callID);
			const tool_response = { title: output.title, metadata: output.metadata };
			await ask(directory, { ...call("PostToolUse", input, input.args), tool_response }).catch(() => undefined);
		},
		/** OpenCode's own permissions ask about everything (the floor); what was decided is not asked a second time. */
		event: async ({ event }) => {
			if (event.type !== "permission.asked") return;
			const { id, sessionID, tool } = event.properties;
			if (!tool || !passed.has(tool.callID)) return;
			const path = { id: sessionID, permissionID: id };
			await client.postSessionIdPermissionsPermissionId({ path, body: { response: "once" } }).catch(() => undefined);
		},
	};
};
`;
