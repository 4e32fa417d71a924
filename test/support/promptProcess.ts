import { type ChildProcess, spawn } from "node:child_process";
import type { Discovery } from "../../src/protocol/messages.ts";
import { findDiscovery } from "../../src/store/discovery.ts";
import { homeAt } from "../../src/store/home.ts";
import { CLI, type Place } from "./gateProcess.ts";
import { atExit } from "./tempDir.ts";

/** A real `countersign serve` as a person has it in a terminal: what stands on the screen, and keys. */
export class PromptProcess {
	screen = "";
	private readonly place: Place;
	private readonly process: ChildProcess;

	constructor(place: Place) {
		this.place = place;
		this.process = spawn(process.execPath, [CLI, "serve", "--workspace", place.workspace], {
			env: place.environment,
			stdio: ["pipe", "pipe", "pipe"],
		});
		atExit(() => this.process.kill("SIGKILL"));
		for (const stream of [this.process.stdout, this.process.stderr]) {
			stream?.on("data", (chunk) => {
				this.screen += chunk;
			});
		}
	}

	/** What came on the screen when the pattern was there. */
	async see(pattern: RegExp): Promise<RegExpExecArray> {
		for (const until = Date.now() + 10_000; Date.now() < until; await pause()) {
			const found = pattern.exec(this.screen);
			if (found) return found;
		}
		throw new Error(`not on the screen: ${pattern}\n${this.screen}`);
	}

	type(line: string): void {
		this.process.stdin?.write(`${line}\n`);
	}

	async discovery(): Promise<Discovery> {
		for (const until = Date.now() + 10_000; Date.now() < until; await pause()) {
			const found = findDiscovery(homeAt(this.place.home), this.place.workspace, "");
			if (found) return found;
		}
		throw new Error("no discovery file");
	}

	async stop(): Promise<void> {
		this.type("quit");
		this.process.stdin?.end();
		this.process.kill("SIGTERM");
		await new Promise((done) => this.process.on("close", done));
	}
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
