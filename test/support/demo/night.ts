import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Action } from "../../../src/protocol/action.ts";

export interface Step {
	readonly intent: string;
	readonly action: Action;
}

/** The sample workspace of the article's night. */
export function layWorkspace(folder: string): void {
	const files: Record<string, string> = {
		"README.md": "# Night shift\n\nThe agent cleans up while you sleep.\n",
		"src/retry.js": "export const attempts = 3;\nexport const delayMs = 1000;\n",
		"production/config.yml": "database: prod-1\nreplicas: 3\n",
	};
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), content);
	}
}

/** What the agent wants, all at once; the last one is the mistake. */
export const NIGHT: readonly Step[] = [
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
	// In words that every system's shell knows.
	{
		intent: "Leave a mark that the night is over",
		action: { tool: "shell_execute", command: "echo night shift done > last-run.txt" },
	},
	{ intent: "Remove temporary files", action: { tool: "file_delete", path: "production/config.yml" } },
];
