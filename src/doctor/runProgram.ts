import { spawn } from "node:child_process";
import type { Ending } from "../adapters/agentCanary.ts";
import { untilDone } from "./cleanUp.ts";
import { killTree } from "./processTree.ts";

interface Options {
	readonly cwd: string;
	readonly environment: Readonly<Record<string, string>>;
	readonly input?: string;
	readonly limitMs: number;
}

/** Runs a program to its end, or to the limit, where all of it is killed. Never throws: what cannot be started says why. */
export async function runProgram(
	[command, ...words]: readonly [string, ...string[]],
	options: Options,
): Promise<Ending> {
	const { cwd, environment, input, limitMs } = options;
	const child = spawn(command, words, {
		cwd,
		env: environment,
		detached: true,
		stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
	});
	const stop = untilDone(() => killTree(child));
	const timer = setTimeout(stop, limitMs);
	const out = { stdout: "", stderr: "" };
	for (const name of ["stdout", "stderr"] as const) {
		child[name]?.setEncoding("utf8").on("data", (text: string) => {
			out[name] += text;
		});
	}
	// What refuses before it read everything closes the pipe.
	child.stdin?.on("error", () => undefined).end(input);
	const code = await new Promise<number | null>((done) => {
		child.once("error", (error) => {
			out.stderr += error.message;
			done(127);
		});
		child.once("close", done);
	});
	clearTimeout(timer);
	stop();
	return { code, ...out };
}
