import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { deferred } from "../../../src/base/deferred.ts";
import { homeAt } from "../../../src/store/home.ts";
import { AGENT, DemoAgent } from "./agent.ts";
import { followLog, logOf } from "./followLog.ts";
import { layWorkspace } from "./night.ts";

/**
 * The night on `countersign serve`. A person decides at the terminal; where stdin is no terminal, a scripted reviewer
 * does, and says so. What it leaves is there to be looked at.
 */
export async function playHeadless(cli: string): Promise<void> {
	const root = realpathSync(mkdtempSync(join(tmpdir(), "countersign-night-")));
	const [workspace, home] = [join(root, "workspace"), homeAt(join(root, "home"))];
	mkdirSync(workspace);
	layWorkspace(workspace);
	const isTerminal = process.stdin.isTTY === true;
	console.log(`A sample workspace: ${workspace}\n`);
	if (isTerminal)
		console.log(
			"An agent is about to ask for five things. Open each with Enter, read it to its end, then a approves and n denies.\n",
		);
	const serve = spawn(process.execPath, [cli, "serve", ...(isTerminal ? [] : ["--json"]), "--workspace", workspace], {
		env: { ...process.env, COUNTERSIGN_HOME: home.root },
		stdio: isTerminal ? "inherit" : ["pipe", "pipe", "inherit"],
	});
	const ended = new Promise<void>((done) => serve.on("exit", () => done()));
	if (serve.stdout && serve.stdin) reviewByScript(serve.stdout, serve.stdin);
	const printLog = isTerminal ? undefined : followLog(home, workspace);
	const reactions: string[] = [];
	const opened = deferred<void>();
	const agent = new DemoAgent(home, workspace, {
		reaction: (line) => reactions.push(line),
		gate: () => opened.resolve(),
	});
	try {
		await Promise.race([
			agent.play(),
			ended.then(() => Promise.reject(new Error("The gate ended before the night was over."))),
			failUnless(opened.promise, 15_000),
		]);
	} finally {
		serve.kill("SIGTERM");
		await ended;
	}
	await printLog?.();
	if (isTerminal) console.log(`\nThe audit log:\n${(await logOf(home, workspace)).join("\n")}`);
	console.log(`\nWhat the agent made of it:\n${reactions.map((line) => `${AGENT}> ${line}`).join("\n")}`);
	console.log(
		`\nLook around: ${workspace}\nThe same log: COUNTERSIGN_HOME=${home.root} node dist/cli.js log --workspace ${workspace}`,
	);
}

/** Never resolves: it loses the race, or ends it. */
function failUnless(opened: Promise<void>, ms: number): Promise<never> {
	return new Promise((_, fail) => {
		const timer = setTimeout(() => fail(new Error(`The gate did not start within ${ms / 1000} s.`)), ms);
		void opened.then(() => clearTimeout(timer));
	});
}

/** Labelled as what it is: no person decides here. */
function reviewByScript(output: NodeJS.ReadableStream, input: NodeJS.WritableStream): void {
	createInterface({ input: output }).on("line", (line) => {
		const event = JSON.parse(line) as { event: string; id: string; tool: string; target: string; summary: string };
		if (event.event !== "request") return;
		const isConfig = event.target.includes("production/");
		console.log(`[scripted reviewer] ${isConfig ? "denies  " : "approves"} ${event.summary}`);
		input.write(
			`${JSON.stringify(isConfig ? { deny: event.id, reason: "production config" } : { approve: event.id })}\n`,
		);
	});
}
