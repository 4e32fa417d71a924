import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CacheItem, locate, npm, provision } from "./cache.ts";
import { newNode } from "./newNode.ts";

interface ClaudeProgram {
	readonly node: string;
	readonly claude: string;
}

const claudeCode: CacheItem = {
	name: "@anthropic-ai/claude-code",
	version: "2.1.330",
	program: claudeIn,
	async install(folder) {
		const options = ["--ignore-scripts", "--include=optional"];
		await npm(folder, ["install", "--prefix", folder, ...options, `${this.name}@${this.version}`]);
		await promisify(execFile)(claudeIn(folder), ["--version"], { cwd: folder, timeout: 60_000 });
	},
};

let pending: Promise<ClaudeProgram> | undefined;

/** Installs Claude Code and the Node it wants, once per machine; later calls only look whether they are there. */
export function provisionClaude(): Promise<ClaudeProgram> {
	pending ??= installClaude().catch((error: unknown) => {
		pending = undefined;
		throw error;
	});
	return pending;
}

/** The paths without installing anything, for callers that cannot wait. */
export function locateClaude(): ClaudeProgram {
	return { node: locate(newNode()), claude: locate(claudeCode) };
}

async function installClaude(): Promise<ClaudeProgram> {
	// One after the other: two npm processes at once contend for the same two cores and the same download cache.
	const node = await provision(newNode());
	return { node, claude: await provision(claudeCode) };
}

/** The package is a stub; the program comes with one optional package per platform, of which npm picks the one that fits. */
function claudeIn(folder: string): string {
	const scope = join(folder, "node_modules", "@anthropic-ai");
	const platform = readdirSync(scope).find((entry) => existsSync(join(scope, entry, "claude")));
	return join(scope, platform ?? "claude-code", "claude");
}
