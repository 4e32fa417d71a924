import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import type { AuditRecord } from "../../src/core/audit/record.ts";
import type { Discovery } from "../../src/protocol/messages.ts";
import { findDiscovery } from "../../src/store/discovery.ts";
import { folderIdOf, homeAt } from "../../src/store/home.ts";
import { readJournal } from "../../src/store/readJournal.ts";
import { atExit, tempDir } from "./tempDir.ts";

export const CLI = resolve("dist/cli.js");

export interface GateEvent {
	readonly event: "ready" | "request" | "decided" | "outcome" | "policy" | "warning";
	readonly id?: string;
	readonly [key: string]: unknown;
}

/** A workspace and a COUNTERSIGN_HOME of their own. `files`: path below the workspace to content. */
export interface Place {
	readonly workspace: string;
	readonly home: string;
	readonly environment: NodeJS.ProcessEnv;
}

export function makePlace(files: Readonly<Record<string, string | Uint8Array>> = {}, policy?: string): Place {
	const root = tempDir("gate-");
	const [workspace, home] = [join(root, "workspace"), join(root, "home")];
	mkdirSync(workspace);
	mkdirSync(home, { mode: 0o700 });
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(join(workspace, path, ".."), { recursive: true });
		writeFileSync(join(workspace, path), content);
	}
	if (policy !== undefined) writeFileSync(join(home, "policy.yaml"), policy, { mode: 0o600 });
	return {
		workspace,
		home,
		environment: { ...process.env, COUNTERSIGN_HOME: home, COUNTERSIGN_ENDPOINT: "", COUNTERSIGN_FAILPOINT: "" },
	};
}

/** A real `countersign serve --json`: its events, and a reviewer's hand on its stdin. */
export class GateProcess {
	readonly place: Place;
	readonly process: ChildProcess;
	readonly events: GateEvent[] = [];
	readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
	stderr = "";
	private watchers: (() => void)[] = [];

	private constructor(place: Place, failpoint: string) {
		this.place = place;
		this.process = spawn(process.execPath, [CLI, "serve", "--json", "--workspace", place.workspace], {
			env: { ...place.environment, COUNTERSIGN_FAILPOINT: failpoint },
			stdio: ["pipe", "pipe", "pipe"],
		});
		atExit(() => this.process.kill("SIGKILL"));
		this.process.stdin?.on("error", () => undefined);
		this.process.stderr?.on("data", (chunk) => {
			this.stderr += chunk;
		});
		this.ended = new Promise((done) =>
			this.process.on("close", (code, signal) => {
				done({ code, signal });
				this.wake();
			}),
		);
		if (this.process.stdout) {
			createInterface({ input: this.process.stdout }).on("line", (line) => {
				// The last line of a killed gate may be half a line.
				if (line.endsWith("}")) this.events.push(JSON.parse(line) as GateEvent);
				this.wake();
			});
		}
	}

	/** Resolves once it is ready. @throws Error with its stderr when it ends first */
	static async start(place: Place, failpoint = ""): Promise<GateProcess> {
		const gate = new GateProcess(place, failpoint);
		await gate.event((event) => event.event === "ready");
		return gate;
	}

	/** Without waiting, for a gate that dies while it starts. */
	static spawn(place: Place, failpoint = ""): GateProcess {
		return new GateProcess(place, failpoint);
	}

	get discovery(): Discovery {
		const found = findDiscovery(homeAt(this.place.home), this.place.workspace, "");
		if (!found) throw new Error("no discovery file");
		return found;
	}

	/** The first event, past or to come, that matches. Fails when the gate ends or after `ms`. */
	async event(matches: (event: GateEvent) => boolean, ms = 40_000): Promise<GateEvent> {
		const until = Date.now() + ms;
		for (;;) {
			const found = this.events.find(matches);
			if (found) return found;
			const over = this.process.exitCode !== null || this.process.signalCode !== null;
			if (over || Date.now() > until) {
				throw new Error(
					`no such event. ${over ? "The gate ended." : ""}\n${JSON.stringify(this.events, null, 1)}\n${this.stderr}`,
				);
			}
			await new Promise<void>((wake) => {
				this.watchers.push(wake);
				setTimeout(wake, 100);
			});
		}
	}

	/** The nth request that was shown (1 is the first), or the first whose target or tool matches. */
	async request(which: number | RegExp = 1): Promise<GateEvent & { id: string }> {
		if (typeof which === "number") {
			await this.event(() => this.shown().length >= which);
			return this.shown()[which - 1] as GateEvent & { id: string };
		}
		return (await this.event(
			(event) => event.event === "request" && which.test(`${event.tool} ${event.target}`),
		)) as GateEvent & { id: string };
	}

	/** Requests shown so far, each once. */
	shown(): GateEvent[] {
		return this.events.filter((event) => event.event === "request" && event.revision === 1);
	}

	tell(decision: object): void {
		this.process.stdin?.write(`${JSON.stringify(decision)}\n`);
	}

	async approve(id: string): Promise<void> {
		this.tell({ approve: id });
		await this.event((event) => event.event === "decided" && event.id === id);
	}

	async deny(id: string, reason: string): Promise<void> {
		this.tell({ deny: id, reason });
		await this.event((event) => event.event === "decided" && event.id === id);
	}

	async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
		this.process.kill(signal);
		await this.ended;
	}

	/** SIGTERM, the normal end. */
	async stop(): Promise<void> {
		await this.kill("SIGTERM");
	}

	private wake(): void {
		for (const watcher of this.watchers.splice(0)) watcher();
	}
}

export async function journalOf(place: Place): Promise<AuditRecord[]> {
	const { records, flaw } = await readJournal(homeAt(place.home), place.workspace);
	if (flaw !== undefined) throw new Error(flaw);
	return records;
}

/** At the end of a test with a real agent: nothing may have gone round the gate, nor be taken for that. */
export async function expectNoBypass(place: Place): Promise<void> {
	expect((await journalOf(place)).filter(({ type }) => type === "BYPASS")).toEqual([]);
}

export const journalPath = (place: Place) => join(place.home, "journal", folderIdOf(place.workspace), "journal.jsonl");
export const isThere = (place: Place, path: string) => existsSync(join(place.workspace, path));

/** Runs the command line to its end. */
export function countersign(
	place: Place,
	args: readonly string[],
	input = "",
): Promise<{ code: number | null; stdout: string; stderr: string }> {
	return new Promise((done) => {
		const child = spawn(process.execPath, [CLI, ...args], { cwd: place.workspace, env: place.environment });
		let [stdout, stderr] = ["", ""];
		child.stdout.on("data", (chunk) => {
			stdout += chunk;
		});
		child.stderr.on("data", (chunk) => {
			stderr += chunk;
		});
		child.on("close", (code) => done({ code, stdout, stderr }));
		child.stdin.end(input);
	});
}

/** The command line while it runs: what it has said so far, and what it is told. */
export function countersignRunning(place: Place, args: readonly string[]) {
	const child = spawn(process.execPath, [CLI, ...args], { cwd: place.workspace, env: place.environment });
	atExit(() => child.kill("SIGKILL"));
	const running = {
		said: "",
		tell: (line: string) => child.stdin.write(`${line}\n`),
		ended: new Promise<number | null>((done) => child.on("close", done)),
	};
	for (const stream of [child.stdout, child.stderr]) {
		stream.on("data", (chunk) => {
			running.said += chunk;
		});
	}
	return running;
}
