import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { GateClient } from "../../../src/endpoint/client.ts";
import type { Action } from "../../../src/protocol/action.ts";
import type { RequestState } from "../../../src/protocol/messages.ts";

/** The sample workspace of the article's night. */
export function layWorkspace(folder: string): void {
	const files: Record<string, string> = {
		"README.md": "# Night shift\n\nThe agent cleans up while you sleep.\n",
		"src/retry.js": "export const attempts = 3;\nexport const delayMs = 1000;\n",
		"cache/tmp.log": "a cache log of last week\n",
		"production/config.yml": "database: prod-1\nreplicas: 3\n",
	};
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), content);
	}
}

/** What the agent wants, all at once; the last one is the mistake. */
export const NIGHT: readonly { readonly intent: string; readonly action: Action }[] = [
	{
		intent: "Say when the clean-up runs",
		action: { tool: "file_write", path: "README.md", content: "# Night shift\n\nThe agent cleans up at 02:30.\n" },
	},
	{
		intent: "Retry more often",
		action: { tool: "file_write", path: "src/retry.js", edits: [{ old: "attempts = 3", new: "attempts = 5" }] },
	},
	{
		intent: "Write down what was done",
		action: { tool: "file_write", path: "notes/night.md", content: "Checked the caches.\n" },
	},
	{ intent: "How much space is left?", action: { tool: "shell_execute", command: "du -sh ." } },
	{ intent: "Remove temporary files", action: { tool: "file_delete", path: "cache/tmp.log" } },
	{ intent: "Remove temporary files", action: { tool: "file_delete", path: "production/config.yml" } },
];

/** Asks for one thing and waits, for ever if need be; what it may do itself it does, and says how it went. */
export async function askFor(
	client: GateClient,
	step: (typeof NIGHT)[number],
	key: string,
	folder: string,
): Promise<RequestState> {
	const state = (await client.call("request/submit", { key, ...step })) as RequestState;
	if (state.status !== "approved" || step.action.tool !== "shell_execute") return state;
	const { status } = spawnSync("sh", ["-c", step.action.command ?? ""], { cwd: folder, stdio: "ignore" });
	return (await client.call("request/report", {
		id: state.id,
		outcome: status === 0 ? "executed" : "failed",
	})) as RequestState;
}
