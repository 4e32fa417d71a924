import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CacheItem, npm } from "./cache.ts";

/** The registry has no 24.9.0 for arm64. */
const versions: Readonly<Record<string, string>> = { "linux-x64": "24.9.0", "linux-arm64": "24.20.0" };

/** The Node that Claude Code and the editor's server want, whatever Node runs the tests. */
export function newNode(): CacheItem {
	const target = `${process.platform}-${process.arch}`;
	const version = versions[target];
	if (version === undefined) {
		throw new Error(`Tests with real agents and editors run on Linux x64 and arm64; this is ${target}.`);
	}
	const name = `node-${target}`;
	const program = (folder: string) => join(folder, "node_modules", name, "bin", "node");
	const install = async (folder: string) => {
		await npm(folder, ["install", "--prefix", folder, "--ignore-scripts", `${name}@${version}`]);
		await promisify(execFile)(program(folder), ["--version"], { timeout: 60_000 });
	};
	return { name, version, program, install };
}
