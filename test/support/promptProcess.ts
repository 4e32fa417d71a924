import { type ChildProcess, spawn } from "node:child_process";
import { CLI, type Place } from "./gateProcess.ts";
import { atExit } from "./tempDir.ts";

/** A real `countersign serve` with its prompt: what is on the screen, and a person's lines. */
export class PromptProcess {
	screen = "";
	private readonly child: ChildProcess;

	constructor(place: Place) {
		this.child = spawn(process.execPath, [CLI, "serve", "--workspace", place.workspace], {
			env: place.environment,
			stdio: ["pipe", "pipe", "pipe"],
		});
		atExit(() => this.child.kill("SIGKILL"));
		for (const stream of [this.child.stdout, this.child.stderr]) {
			stream?.on("data", (chunk) => {
				this.screen += chunk;
			});
		}
	}

	type(line: string): void {
		this.child.stdin?.write(`${line}\n`);
	}

	async see(pattern: RegExp, ms = 10_000): Promise<void> {
		const until = Date.now() + ms;
		while (!pattern.test(this.screen)) {
			if (Date.now() > until) throw new Error(`not on the screen: ${pattern}\n${this.screen}`);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}

	async stop(): Promise<void> {
		this.type("quit");
		this.child.stdin?.end();
		this.child.kill("SIGTERM");
		await new Promise((done) => this.child.on("close", done));
	}
}
