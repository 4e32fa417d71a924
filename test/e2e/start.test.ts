import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { CLI, GateProcess } from "../support/gateProcess.ts";
import { processesNaming } from "../support/processes.ts";
import { atExit, tempDir } from "../support/tempDir.ts";

const START = resolve("dist/start.js");
const emptyPath = tempDir("path-");

test.each([
	[["--port", "abc"], '--port "abc" is no port'],
	[["--port", "65536"], '--port "65536" is no port'],
	[["--port"], "--port"],
	[["--port", "8080", "--headless"], "--headless has none"],
	[["--desktop", "--browser"], "--desktop and --browser exclude each other"],
	[["--desktop"], 'there is no "code" on the PATH'],
	[["--dekstop"], "Unknown option '--dekstop'"],
	[["now"], "Unexpected argument 'now'"],
])("npm start -- %j is refused with what to do instead", (args, message) => {
	const environment = { ...process.env, PATH: emptyPath };
	const { status, stdout, stderr } = spawnSync(process.execPath, [START, ...args], {
		env: environment,
		encoding: "utf8",
	});
	expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
	expect(stderr).toContain(message);
	expect(stderr).toMatch(/npm start -- --|Give a number|Leave one of them out/);
});

test("a port that somebody else has is refused by its number", async () => {
	const server = createServer();
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as { port: number };
	const { status, stderr } = spawnSync(process.execPath, [START, "--browser", "--port", String(port)], {
		encoding: "utf8",
	});
	server.close();
	expect(status).toBe(2);
	expect(stderr).toContain(`Port ${port} of 127.0.0.1 is in use. Give another one`);
});

/** Takes the arguments of `code`, and lets a gate stand where that would open a window. Its reviewer approves. */
const STAND_IN = `#!${process.execPath}
const { appendFileSync, writeFileSync } = require("node:fs");
const { spawn } = require("node:child_process");
const { join } = require("node:path");
const args = process.argv.slice(2);
appendFileSync(join(__dirname, "calls"), JSON.stringify(args) + "\\n");
if (!args.includes("--install-extension")) {
	writeFileSync(join(args[args.indexOf("--user-data-dir") + 1], "code.lock"), String(process.pid));
	const gate = spawn(process.execPath, [${JSON.stringify(CLI)}, "serve", "--json", "--workspace", args.at(-1)], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	require("node:readline").createInterface({ input: gate.stdout }).on("line", (line) => {
		const { event, id } = JSON.parse(line);
		if (event === "request") gate.stdin.write(JSON.stringify({ approve: id }) + "\\n");
	});
}
`;

/** `npm start` where there is a `code`, which writes down its calls beside itself. */
function startWithCode(code: string) {
	const folder = tempDir("desktop-");
	writeFileSync(join(folder, "code"), code);
	chmodSync(join(folder, "code"), 0o755);
	const start = spawn(process.execPath, [START], {
		env: { ...process.env, DISPLAY: ":0", PATH: folder + delimiter + process.env.PATH },
		stdio: ["ignore", "pipe", "pipe"],
	});
	atExit(() => start.kill("SIGTERM"));
	return { start, folder };
}

test("where there is a desktop VS Code, it gets a profile of its own and the packed extension, and ends with Ctrl+C", async () => {
	const { start, folder } = startWithCode(STAND_IN);
	const printed = await untilSaid(start, "Everything is decided");
	expect(printed).toContain("night-shift> file_write(src/retry.js): approved, and done.");
	expect(printed).toContain("] EXECUTED: shell_execute");
	const root = /removes (\S+)/.exec(printed)?.[1] ?? "";
	expect(readFileSync(join(root, "last-run.txt"), "utf8").trim()).toBe("night shift done");

	const [install = [], open = []] = readFileSync(join(folder, "calls"), "utf8")
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line) as string[]);
	expect(install[install.indexOf("--install-extension") + 1]).toMatch(/^\/.*\.vsix$/);
	for (const option of ["--user-data-dir", "--extensions-dir"]) {
		expect(open[open.indexOf(option) + 1]).toBe(install[install.indexOf(option) + 1]);
	}
	expect(open).toContain("--disable-workspace-trust");
	expect(open.slice(-2)).toEqual(["--new-window", root]);

	expect(await ended(start, "SIGINT")).toBe(0);
	await expect.poll(() => processesNaming(root)).toEqual([]);
	expect(processesNaming(open[open.indexOf("--user-data-dir") + 1] ?? "")).toEqual([]);
});

test("a window that is closed ends it, a code that fails says so", async () => {
	const closing = startWithCode(
		`${STAND_IN}\nif (args.includes("--new-window")) setTimeout(() => process.exit(0), 1500);`,
	);
	await untilSaid(closing.start, "VS Code was closed.");
	expect(await exitOf(closing.start)).toBe(0);
	const failing = startWithCode("#!/bin/sh\necho no libX11 >&2; exit 3");
	let complaint = "";
	failing.start.stderr?.on("data", (chunk) => {
		complaint += chunk;
	});
	expect(await exitOf(failing.start)).toBe(1);
	expect(complaint).toMatch(/code did not install the extension\. Try: npm start -- --browser\nno libX11/);
});

test("what F5 opens is what its agent asks in", async () => {
	const [launch] = readJson(".vscode/launch.json").configurations;
	const agent = readJson(".vscode/tasks.json").tasks.find(({ label }: { label: string }) => label === "agent");
	const inProject = (path: string) => path.replace("$" + "{workspaceFolder}", process.cwd());
	const start = spawn(agent.command, agent.args, { stdio: ["ignore", "pipe", "inherit"] });
	atExit(() => start.kill("SIGTERM"));
	await untilSaid(start, agent.problemMatcher.background.endsPattern);
	const home = inProject(launch.env.COUNTERSIGN_HOME);
	const place = {
		workspace: inProject(launch.args.at(-1)),
		home,
		environment: { ...process.env, COUNTERSIGN_HOME: home, COUNTERSIGN_ENDPOINT: "", COUNTERSIGN_FAILPOINT: "" },
	};
	const gate = await GateProcess.start(place);
	for (const nth of [1, 2, 3, 4, 5]) await gate.deny((await gate.request(nth)).id, "not tonight");
	await untilSaid(start, "Everything is decided");
	await gate.stop();
});

function readJson(path: string) {
	return JSON.parse(readFileSync(path, "utf8"));
}

function untilSaid(start: ChildProcess, text: string): Promise<string> {
	return new Promise((done, fail) => {
		let printed = "";
		start.stdout?.on("data", (chunk) => {
			printed += chunk;
			if (printed.includes(text)) done(printed);
		});
		start.once("exit", () => fail(new Error(`It ended without "${text}":\n${printed}`)));
	});
}

function ended(start: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
	start.kill(signal);
	return exitOf(start);
}

function exitOf(start: ChildProcess): Promise<number | null> {
	if (start.exitCode !== null) return Promise.resolve(start.exitCode);
	return new Promise((done) => start.once("exit", done));
}
