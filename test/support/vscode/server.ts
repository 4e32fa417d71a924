import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { atExit } from "../tempDir.ts";
import type { CodeServer } from "./codeServer.ts";
import type { Profile } from "./profile.ts";

interface ServerOptions {
	readonly trust?: boolean;
	/** Honours extensionDevelopmentPath and extensionTestsPath, and shows no toast. */
	readonly driver?: boolean;
	/** Of 127.0.0.1; left out, the system chooses. */
	readonly port?: number;
	/** A file with the secret that a browser must bring; left out, whoever reaches the port is let in. */
	readonly tokenFile?: string;
}

/** VS Code's server on a port of 127.0.0.1 that the system chooses, with every process that it starts. */
export class EditorServer {
	readonly url: string;
	private readonly process: ChildProcess;

	private constructor(process: ChildProcess, port: string) {
		this.process = process;
		this.url = `http://127.0.0.1:${port}`;
	}

	static async start(program: CodeServer, profile: Profile, options: ServerOptions = {}): Promise<EditorServer> {
		const child = spawn(program.node, argumentsOf(program, profile, options), {
			cwd: profile.userData,
			// Without a gallery it asks no market for updates.
			env: { ...profile.environment, EXTENSIONS_GALLERY: "{}" },
			stdio: ["ignore", "pipe", "pipe"],
			// A group of its own: the extension host and the terminals outlive the server by up to 20 seconds.
			detached: true,
		});
		atExit(() => endGroup(child, "SIGKILL"));
		return new EditorServer(child, await portOf(child));
	}

	/** Resolves when it has ended, whoever ended it. */
	async ended(): Promise<void> {
		if (this.process.exitCode === null && this.process.signalCode === null) await ended(this.process);
	}

	/** Oldest first: one for each window. */
	extensionHosts(): number[] {
		return childrenOf(this.process.pid).filter((pid) => commandLine(pid).includes("--type=extensionHost"));
	}

	/** The windows are closed already: then the extension hosts have ended, and what is left holds nothing. */
	async stop(): Promise<void> {
		const until = Date.now() + 3_000;
		while (this.extensionHosts().length > 0 && Date.now() < until) await pause(50);
		endGroup(this.process, "SIGTERM");
		if (this.process.exitCode === null) await Promise.race([ended(this.process), pause(2_000)]);
		endGroup(this.process, "SIGKILL");
	}
}

/** Without a server: the program does it alone. */
export async function installExtension(program: CodeServer, profile: Profile, vsix: string): Promise<void> {
	const args = [program.main, "--install-extension", vsix, "--force", ...foldersOf(profile)];
	await promisify(execFile)(program.node, args, { env: profile.environment, timeout: 60_000 });
}

function argumentsOf(program: CodeServer, profile: Profile, options: ServerOptions) {
	const { trust = false, driver = false, port = 0, tokenFile } = options;
	return [
		program.main,
		...["--host", "127.0.0.1", "--port", String(port)],
		...(tokenFile === undefined ? ["--without-connection-token"] : ["--connection-token-file", tokenFile]),
		...["--accept-server-license-terms", "--telemetry-level", "off"],
		...foldersOf(profile),
		...(trust ? [] : ["--disable-workspace-trust"]),
		...(driver ? ["--enable-smoke-test-driver"] : []),
	];
}

function foldersOf(profile: Profile): string[] {
	return ["--user-data-dir", profile.userData, "--extensions-dir", profile.extensions];
}

function portOf(child: ChildProcess): Promise<string> {
	return new Promise((done, fail) => {
		let said = "";
		const hear = (chunk: unknown) => {
			said += chunk;
			const port = /agent listening on (\d+)/.exec(said)?.[1];
			if (port !== undefined) done(port);
		};
		child.stdout?.on("data", hear);
		child.stderr?.on("data", hear);
		child.once("exit", (code) => fail(new Error(`The editor's server ended with ${code}:\n${said}`)));
		setTimeout(() => fail(new Error(`The editor's server named no port:\n${said}`)), 30_000).unref();
	});
}

function ended(child: ChildProcess): Promise<void> {
	return new Promise((done) => child.once("exit", () => done()));
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, signal);
	} catch {
		// Nothing is left of it.
	}
}

/** Linux. */
function childrenOf(parent: number | undefined): number[] {
	const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
	return pids
		.filter((pid) => parentOf(pid) === parent)
		.map(Number)
		.sort((one, other) => startOf(one) - startOf(other));
}

const parentOf = (pid: string | number) => Number(statOf(pid)[1]);
const startOf = (pid: number) => Number(statOf(pid)[19]);

/** What follows the program's name in /proc/PID/stat. */
function statOf(pid: string | number): string[] {
	const text = read(`/proc/${pid}/stat`);
	return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

const commandLine = (pid: number) => read(`/proc/${pid}/cmdline`);

function read(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}
