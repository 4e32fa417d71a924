import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type CacheItem, locate, npm, provision } from "./cache.ts";
import { newNode } from "./newNode.ts";

export type PackagedAgent = "codex" | "gemini-cli" | "qwen-code" | "opencode" | "cline";

/** How an agent from the registry is started: a program of its own, or a script for the Node that it wants. */
export interface AgentProgram {
	readonly node: string;
	readonly command: readonly [string, ...string[]];
}

/** In the folder of an installation. */
type ProgramIn = (folder: string) => string;

const script =
	(path: string): ProgramIn =>
	(folder) =>
		join(folder, "node_modules", path);

/** The one of a package per platform that npm picked. */
function binary(scope: string, prefix: string, name: string): ProgramIn {
	return (folder) => {
		const packages = join(folder, "node_modules", scope);
		const target = `${prefix}-${process.platform}-${process.arch}`;
		const files = readdirSync(join(packages, target), { recursive: true, encoding: "utf8" });
		const found = files.find((file) => file === join("bin", name) || file.endsWith(join("/", "bin", name)));
		return join(packages, target, found ?? name);
	};
}

/** The versions that our adapters were tried with. */
const PACKAGES: Readonly<Record<PackagedAgent, readonly [name: string, version: string, programIn: ProgramIn]>> = {
	codex: ["@openai/codex", "0.169.0", binary("@openai", "codex", "codex")],
	"gemini-cli": ["@google/gemini-cli", "0.61.0", script("@google/gemini-cli/bundle/gemini.js")],
	"qwen-code": ["@qwen-code/qwen-code", "0.24.4", script("@qwen-code/qwen-code/cli-entry.js")],
	cline: ["cline", "3.0.65", binary("@cline", "cli", "cline")],
	opencode: ["opencode-ai", "1.18.33", binary("", "opencode", "opencode")],
};

export const PACKAGED_AGENTS = Object.keys(PACKAGES) as PackagedAgent[];

function itemOf(agent: PackagedAgent): CacheItem {
	const [name, version, program] = PACKAGES[agent];
	return {
		name,
		version,
		program,
		async install(folder) {
			await npm(folder, [
				"install",
				"--prefix",
				folder,
				"--ignore-scripts",
				"--include=optional",
				`${name}@${version}`,
			]);
			const { node, command } = programOf(program(folder));
			// A program that only tells its version makes folders in its home all the same.
			const env = { ...process.env, HOME: folder, PATH: `${dirname(node)}:${process.env.PATH}` };
			await promisify(execFile)(command[0], [...command.slice(1), "--version"], { cwd: folder, env, timeout: 60_000 });
		},
	};
}

function programOf(path: string): AgentProgram {
	if (!existsSync(path)) throw new Error(`There is no ${path}.`);
	const node = locate(newNode());
	return { node, command: path.endsWith(".js") ? [node, path] : [path] };
}

/** Installs an agent and the Node it wants, once per machine; later calls only look whether they are there. */
export async function provisionAgent(agent: PackagedAgent): Promise<AgentProgram> {
	// One after the other: two npm processes at once contend for the same cores and the same download cache.
	await provision(newNode());
	return programOf(await provision(itemOf(agent)));
}
