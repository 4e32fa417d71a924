import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { type CacheItem, locate, npm, provision } from "../cache.ts";
import { newNode } from "../newNode.ts";

const run = promisify(execFile);

const release = "4.139.1";
/** Goes up with every change to how it is installed: an older one in the cache is not what this file describes. */
const recipe = 3;
const native = ["@vscode/spdlog", "@vscode/native-watchdog", "@parcel/watcher", "node-pty"];

export interface CodeServer {
	readonly node: string;
	/** VS Code's own server, without code-server around it. */
	readonly main: string;
}

/** VS Code 1.139.1 as code-server publishes it, with the gate on proposed API closed again as in every stable build. */
export async function provisionCodeServer(): Promise<CodeServer> {
	const node = await provision(newNode());
	return { node, main: await provision(codeServer(node)) };
}

/** Whether `provisionCodeServer` has nothing left to do. */
export function hasCodeServer(): boolean {
	try {
		locate(codeServer(locate(newNode())));
		return true;
	} catch {
		return false;
	}
}

function codeServer(node: string): CacheItem {
	const vscodeIn = (folder: string) => join(folder, "node_modules", "code-server", "lib", "vscode");
	const program = (folder: string) => join(vscodeIn(folder), "out", "server-main.js");
	const install = async (folder: string) => {
		const environment = environmentFor(node);
		const noScripts = "--ignore-scripts";
		await npm(folder, ["install", "--prefix", folder, noScripts, `code-server@${release}`], environment);
		const vscode = vscodeIn(folder);
		await npm(vscode, ["install", "--omit=dev", noScripts], environment);
		// Else the first TypeScript file that is opened brings an error about its missing language server.
		await npm(join(vscode, "extensions"), ["install", "--omit=dev", noScripts], environment);
		// Built against the headers that came with Node: node-gyp would fetch its own.
		await npm(vscode, ["rebuild", ...native], environment);
		await run(node, ["-e", native.map((name) => `require("${name}")`).join(";")], { cwd: vscode, env: environment });
		await closeProposedApi(join(vscode, "out"));
		await run(node, [program(folder), "--version"], { env: environment, timeout: 60_000 });
	};
	return { name: "code-server", version: `${release}+${recipe}`, program, install };
}

function environmentFor(node: string): NodeJS.ProcessEnv {
	const folder = dirname(node);
	return {
		...process.env,
		PATH: `${folder}${delimiter}${process.env.PATH}`,
		npm_config_nodedir: dirname(folder),
		NODE_OPTIONS: "",
	};
}

const refusal = "CANNOT use API proposal";
/** `isProposedApiEnabled(extension, proposal)` as code-server leaves it. */
const open = /function ([\w$]+)\(([\w$]+),([\w$]+)\)\{return ?!0\}/g;

/** @throws Error when a program that can refuse a proposal was not found to be open: the release has changed */
async function closeProposedApi(out: string): Promise<void> {
	let closed = 0;
	for (const entry of await readdir(out, { recursive: true })) {
		if (!entry.endsWith(".js")) continue;
		const path = join(out, entry);
		const source = await readFile(path, "utf8");
		if (!source.includes(refusal)) continue;
		await writeFile(path, withClosedGate(source, path));
		closed += 1;
	}
	if (closed < 4) throw new Error(`Only ${closed} of VS Code's programs ask whether an API is proposed.`);
}

function withClosedGate(source: string, path: string): string {
	const at = source.indexOf(refusal);
	const start = Math.max(0, at - 400);
	const found = [...source.slice(start, at).matchAll(open)].at(-1);
	if (!found) throw new Error(`${path} has no open gate before its refusal of proposed API.`);
	const [text, name, extension, proposal] = found;
	const asked = `${extension}.enabledApiProposals`;
	const closed = `function ${name}(${extension},${proposal}){return!!(${asked}&&${asked}.includes(${proposal}))}`;
	const from = start + found.index;
	return source.slice(0, from) + closed + source.slice(from + text.length);
}
