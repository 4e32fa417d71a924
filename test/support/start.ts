import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { messageOf } from "../../src/base/errors.ts";
import { GateClient } from "../../src/endpoint/client.ts";
import { logLines } from "../../src/present/logText.ts";
import { findDiscovery } from "../../src/store/discovery.ts";
import { type Home, homeAt } from "../../src/store/home.ts";
import { readJournal } from "../../src/store/readJournal.ts";
import { askFor, layWorkspace, NIGHT } from "./demo/night.ts";

// npm start -- --headless: the article's night on `countersign serve`. A person decides at the terminal; where stdin is
// no terminal, a scripted reviewer does, and says so.

async function main(): Promise<void> {
	if (!process.argv.includes("--headless")) {
		throw new Error("This version has no editor yet. Run: npm start -- --headless");
	}
	const root = realpathSync(mkdtempSync(join(tmpdir(), "countersign-night-")));
	const [workspace, home] = [join(root, "workspace"), homeAt(join(root, "home"))];
	mkdirSync(workspace);
	layWorkspace(workspace);
	const isTerminal = process.stdin.isTTY === true;
	console.log(`A sample workspace: ${workspace}\n`);
	if (isTerminal)
		console.log("An agent is about to ask for six things. Read each: show ID, then approve ID or deny ID reason.\n");
	const serve = spawn(
		process.execPath,
		[join(__dirname, "cli.js"), "serve", ...(isTerminal ? [] : ["--json"]), "--workspace", workspace],
		{
			env: { ...process.env, COUNTERSIGN_HOME: home.root },
			stdio: isTerminal ? "inherit" : ["pipe", "pipe", "inherit"],
		},
	);
	const ended = new Promise<void>((done) => serve.on("exit", () => done()));
	if (serve.stdout && serve.stdin) reviewByScript(serve.stdout, serve.stdin);
	const stopPrinting = isTerminal ? () => undefined : printLog(home, workspace);
	try {
		await Promise.race([
			night(workspace, home),
			ended.then(() => Promise.reject(new Error("The gate ended before the night was over."))),
		]);
	} finally {
		serve.kill("SIGTERM");
		await ended;
	}
	await stopPrinting();
	if (isTerminal) console.log(`\nThe audit log:\n${await log(home, workspace)}`);
	console.log(
		`\nLook around: ${workspace}\nThe same log: COUNTERSIGN_HOME=${home.root} node dist/cli.js log --workspace ${workspace}`,
	);
}

async function night(workspace: string, home: Home): Promise<void> {
	const discovery = await until(() => findDiscovery(home, workspace, ""));
	const client = await GateClient.connect(discovery, { agent: { name: "night-shift" }, session: { id: "demo" } });
	const states = await Promise.all(NIGHT.map((step, index) => askFor(client, step, `night-${index}`, workspace)));
	client.close();
	for (const { decision, status, outcome } of states) {
		if (status === "denied") console.log(`The agent was told: denied by ${decision?.by}: ${decision?.reason}`);
		else if (outcome !== "executed") console.log(`The agent was told: ${status}, ${outcome}`);
	}
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

const log = async (home: Home, workspace: string) =>
	logLines((await readJournal(home, workspace)).records, false).join("\n");

/** Each audit line as it comes; the returned function prints what is left and stops. */
function printLog(home: Home, workspace: string): () => Promise<void> {
	let printed = 0;
	const print = async () => {
		const lines = (await log(home, workspace)).split("\n");
		for (const line of lines.slice(printed)) console.log(line);
		printed = lines.length;
	};
	let running = true;
	const loop = (async () => {
		while (running) {
			await print();
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		await print();
	})();
	return () => {
		running = false;
		return loop;
	};
}

async function until<T>(find: () => T | undefined): Promise<T> {
	const deadline = Date.now() + 15_000;
	for (;;) {
		const found = find();
		if (found !== undefined) return found;
		if (Date.now() > deadline) throw new Error("The gate did not start within 15 s.");
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

main().then(
	() => process.exit(0),
	(error) => {
		console.error(messageOf(error));
		process.exit(1);
	},
);
