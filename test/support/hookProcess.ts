import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { prepareSocket, publishDiscovery } from "../../src/store/discovery.ts";
import { realDisk } from "../../src/store/disk.ts";
import { folderIdOf, homeAt, socketPathFor } from "../../src/store/home.ts";
import { hookProgram, layPrograms } from "../../src/store/launcher.ts";
import { makePlace, type Place } from "./gateProcess.ts";
import { atExit, tempDir } from "./tempDir.ts";

export interface HookResult {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface HookRun {
	readonly process: ChildProcess;
	readonly done: Promise<HookResult>;
}

interface HookOptions {
	/** Seconds until the hook gives up. */
	readonly wait?: number;
	readonly cwd?: string;
	readonly agent?: string;
	readonly environment?: Readonly<Record<string, string>>;
}

/** One of the two ways of the installed hook: it takes curl where there is one, else Node. */
export interface HookKind {
	readonly name: string;
	readonly path: string;
}

export const HOOK_KINDS: readonly HookKind[] = [
	{ name: "with curl", path: "/usr/local/bin:/usr/bin:/bin" },
	{ name: "without curl", path: folderWithoutCurl() },
];

function folderWithoutCurl(): string {
	const folder = tempDir("path-");
	symlinkSync("/bin/sh", join(folder, "sh"));
	symlinkSync(process.execPath, join(folder, "node"));
	return folder;
}

/** Lays the programs where `connect` and `serve` lay them. */
export async function installHook(place: Place): Promise<void> {
	await layPrograms(realDisk, homeAt(place.home), resolve("dist"));
}

/** Starts the installed hook as an agent does, the payload on its stdin. In a process group of its own. */
export function startHook(
	kind: HookKind,
	place: Place,
	payload: string | Uint8Array,
	options: HookOptions = {},
): HookRun {
	const { wait = 60, cwd = place.workspace, agent = "claude-code", environment = {} } = options;
	const child = spawn(programOf(kind, place), [agent, String(wait)], {
		cwd,
		detached: true,
		env: { PATH: kind.path, LANG: "C.UTF-8", ...environment },
		stdio: "pipe",
	});
	atExit(() => child.pid && child.exitCode === null && process.kill(-child.pid, "SIGKILL"));
	const out = { stdout: "", stderr: "" };
	for (const name of ["stdout", "stderr"] as const) {
		child[name].setEncoding("utf8").on("data", (text: string) => {
			out[name] += text;
		});
	}
	// A hook that refuses before it read everything closes the pipe.
	child.stdin.on("error", () => undefined).end(payload);
	const done = new Promise<HookResult>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code) => resolve({ code, ...out }));
	});
	return { process: child, done };
}

/** The hook as it is laid; or as it is laid on a machine without curl. */
function programOf({ name }: HookKind, place: Place): string {
	const program = hookProgram(homeAt(place.home));
	if (name === "with curl") return program;
	const other = `${program}-without-curl`;
	writeFileSync(other, readFileSync(program, "utf8").replace(/^curl=.*$/m, "curl=''"), { mode: 0o700 });
	return other;
}

export const runHook = (...args: Parameters<typeof startHook>): Promise<HookResult> => startHook(...args).done;

/** A payload as recorded from the agent, told of this place. */
export async function recordedPayload(place: Place, name: string, changes: object = {}): Promise<string> {
	const text = await readFile(resolve("test/fixtures/agents/claude", `${name}.json`), "utf8");
	const here = (_: string, value: unknown) =>
		typeof value === "string" ? value.replace(/^\/workspace(?=\/|$)/, () => place.workspace) : value;
	return JSON.stringify({ ...JSON.parse(text, here), ...changes });
}

interface FakeGate {
	readonly place: Place;
	/** Its discovery file. */
	readonly discovery: string;
	/** How often it was asked. */
	asked(): number;
}

/**
 * Somebody at the place of a gate who answers as the test says, once a request has come in whole. `turn` counts the
 * requests from 0.
 */
export async function startFakeGate(answer: (socket: Socket, turn: number) => void): Promise<FakeGate> {
	const place = makePlace();
	const home = homeAt(place.home);
	await installHook(place);
	const folderId = folderIdOf(place.workspace);
	const socket = socketPathFor(home, folderId);
	await prepareSocket(realDisk, socket);
	let turn = 0;
	const server = createServer((connection) => {
		let request = "";
		connection.on("error", () => undefined);
		connection.setEncoding("latin1").on("data", (text: string) => {
			request += text;
			if (isWhole(request)) {
				request = "";
				answer(connection, turn++);
			}
		});
	});
	await new Promise<void>((done) => server.listen(socket, done));
	atExit(() => server.close());
	const discovery = await publishDiscovery(realDisk, home, folderId, {
		...{ protocolVersion: 1, pid: process.pid, startTime: "", workspace: place.workspace, folders: [place.workspace] },
		...{ url: null, socket, token: "a-token-that-nobody-may-see", owner: "serve" },
	});
	return { place, discovery, asked: () => turn };
}

function isWhole(request: string): boolean {
	const end = request.indexOf("\r\n\r\n");
	if (end < 0) return false;
	const length = Number(/^content-length: (\d+)/im.exec(request.slice(0, end))?.[1] ?? 0);
	return request.length >= end + 4 + length;
}

/** A place whose two folders have this name. */
export function makePlaceNamed(name: string): Place {
	const { environment } = makePlace();
	const root = tempDir("gate-");
	const [workspace, home] = [join(root, "w", name), join(root, "h", name)];
	mkdirSync(workspace, { recursive: true });
	mkdirSync(home, { recursive: true, mode: 0o700 });
	return { workspace, home, environment: { ...environment, COUNTERSIGN_HOME: home } };
}
