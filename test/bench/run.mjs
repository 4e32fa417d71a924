// npm run bench: what Countersign costs, as ratios against a floor in the same run. Exit 1 over budget.
import { spawn, spawnSync } from "node:child_process";
import {
	closeSync,
	existsSync,
	fdatasync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer, connect as netConnect } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { median, pair, WARM_UP } from "./pairs.mjs";
import { policyRows } from "./policy.mjs";

const ROUND_TRIPS = 2000;
/** Requests of one session, of which at most 50 may wait. */
const WAITING = 40;

delete process.env.NODE_EXTRA_CA_CERTS;
if (process.argv[2] === "echo") echoServer();
else await main();

/** The raw floor of a round trip, in a process of its own like the gate. */
function echoServer() {
	const server = createServer((socket) => socket.setNoDelay(true).on("data", (data) => socket.write(data)));
	server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
}

async function main() {
	const root = realpathSync(mkdtempSync(join(tmpdir(), "countersign-bench-")));
	const [workspace, home] = [join(root, "workspace"), join(root, "home")];
	mkdirSync(workspace);
	writeFileSync(join(workspace, "a.txt"), "hello\n");
	const environment = { ...process.env, COUNTERSIGN_HOME: home, COUNTERSIGN_ENDPOINT: "" };
	const gate = spawn(process.execPath, [resolve("dist/cli.js"), "serve", "--json", "--workspace", workspace], {
		env: environment,
		// Its reviewer is not this process: reading every event here would be counted as the gate's time.
		stdio: ["pipe", "ignore", "inherit"],
	});
	const echo = spawn(process.execPath, [resolve("test/bench/run.mjs"), "echo"], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	try {
		const { port } = await firstLine(echo);
		const discovery = await discoveryIn(join(home, "run"));
		const answers = await acrossCores([gate, echo], async () => [
			await freeRow(discovery, port, workspace),
			await durableRow(discovery, root),
		]);
		const rows = [
			// After the answers: a hook asks a gate that has worked before.
			...(await hookRows(workspace, home, environment)),
			...answers,
			await shellRow(),
			...(await policyRows()),
		];
		report(rows);
	} finally {
		echo.kill();
		gate.kill();
		await new Promise((done) => gate.once("exit", done));
		rmSync(root, { recursive: true, force: true });
	}
}

/**
 * Ourselves on one core and the servers on another, as an agent and its gate are. Left to itself the scheduler keeps the
 * echo on our core and may put the gate on another: then the ratio is the price of waking a core, twice what is measured.
 */
async function acrossCores(servers, measure) {
	const place = (cores, { pid }) => spawnSync("taskset", ["-acp", cores, String(pid)]);
	const found = spawnSync("taskset", ["-cp", String(process.pid)], { encoding: "utf8" }).stdout ?? "";
	const all = found.split(": ")[1]?.trim() ?? "";
	const [ours, theirs] = coresIn(all);
	if (theirs === undefined) return measure();
	place(ours, process);
	for (const server of servers) place(theirs, server);
	try {
		return await measure();
	} finally {
		for (const one of [process, ...servers]) place(all, one);
	}
}

/** As taskset names them: "0,2-5". */
function coresIn(list) {
	return list.split(",").flatMap((range) => {
		const [from, to = from] = range.split("-").map(Number);
		return range === "" ? [] : Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
	});
}

/** One tool call: process start, payload in, answer out. */
async function hookRows(workspace, home, env) {
	const payload = (tool, input) =>
		JSON.stringify({
			session_id: "bench",
			cwd: workspace,
			hook_event_name: "PreToolUse",
			tool_name: tool,
			tool_input: input,
			tool_use_id: "toolu_bench",
		});
	const read = payload("Read", { file_path: join(workspace, "a.txt") });
	const run =
		(command, args, input, yes = 0) =>
		() => {
			const from = performance.now();
			const { status, stderr } = spawnSync(command, args, { input, env, cwd: workspace });
			if (status !== yes) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
			return performance.now() - from;
		};
	const floor = run(process.execPath, ["-e", "0"], "");
	return [
		await pair("hook.sh", 0.5, floor, run(join(home, "bin", "countersign-hook"), ["claude-code", "60"], read)),
		await pair(
			"hook.node",
			1.3,
			floor,
			run(process.execPath, [join(home, "bin", "hook.cjs"), "claude-code", "60"], read, 10),
		),
	];
}

/** A free read over the WebSocket on the Unix socket, its record written before the answer, against the same bytes through a TCP echo. */
async function freeRow(discovery, port, workspace) {
	const message = (id) =>
		JSON.stringify({
			jsonrpc: "2.0",
			id,
			method: "request/submit",
			params: {
				key: `read-${id}`,
				action: { tool: "file_read", path: join(workspace, "a.txt") },
				intent: "x".repeat(700),
			},
		});
	const raw = netConnect(port, "127.0.0.1").setNoDelay(true);
	const size = Buffer.byteLength(message(1000));
	const floor = () =>
		timeEach(async () => {
			raw.write(message(1000));
			for (let left = size; left > 0; ) left -= (await new Promise((done) => raw.once("data", done))).length;
		});
	const agent = await rpc(discovery, "reader");
	let id = 1000;
	const candidate = () => timeEach(() => agent.send(message(++id)));
	const row = await pair("rtt.ws", 2.5, floor, candidate);
	raw.destroy();
	agent.close();
	return row;
}

/** A request that waits is durable before the agent hears of it, against a bare write and fdatasync of as many bytes. */
async function durableRow(discovery, root) {
	const file = openSync(join(root, "floor"), "a");
	const record = Buffer.alloc(900, "x");
	const floor = () =>
		timeEach(
			() =>
				new Promise((done) => {
					writeSync(file, record);
					fdatasync(file, done);
				}),
			WAITING,
		);
	let session = 0;
	const candidate = async () => {
		const agent = await rpc(discovery, `durable-${session++}`);
		let key = 0;
		const took = await timeEach(
			() =>
				agent.send(
					JSON.stringify({
						jsonrpc: "2.0",
						id: ++key,
						method: "request/submit",
						params: { key: `k${key}`, waitMs: 0, action: { tool: "shell_execute", command: `make ${key}` } },
					}),
				),
			WAITING,
		);
		agent.close();
		return took;
	};
	// As many requests as the free row has behind it before it counts: in a gate that runs for days the code is compiled.
	for (let asked = 0; asked < WARM_UP * ROUND_TRIPS; asked += WAITING) await candidate();
	const row = await pair("rtt.durable", 2.5, floor, candidate);
	closeSync(file);
	return row;
}

/** A script of 10 KB, read for its commands, against a bare parse of it by the same grammar: one answer is not more than three parses. */
async function shellRow() {
	const { openShell } = createRequire(import.meta.url)(resolve("dist/shell.js"));
	const { Language, Parser } = (await import("@vscode/tree-sitter-wasm")).default;
	await Parser.init();
	const parser = new Parser();
	parser.setLanguage(await Language.load(readFileSync(resolve("dist/tree-sitter-bash.wasm"))));
	const read = await openShell(resolve("dist"));
	const lines = [
		'for file in src/*.ts; do grep -n "needle" "$file" >> out.txt || echo "none in $file"; done',
		"if [ -f package.json ]; then npm ci && npm test -- --reporter=dot | tee test.log; fi",
		"sudo -u build env CI=1 sh -c 'make clean && make -j4 all' 2>&1",
		"git diff --stat HEAD~3 -- src test | sort -k2 > changes.txt",
	];
	let script = "";
	while (script.length < 10_240) script += `${lines.join("\n")}\n`;
	script = script.slice(0, 10_240);
	script = script.slice(0, script.lastIndexOf("\n"));
	const floor = () => timeEach(async () => parser.parse(script).delete(), 20);
	const candidate = () =>
		timeEach(async () => {
			if (!read(script)?.commands.length) throw new Error("the script was not read");
		}, 20);
	return pair("shell.10kb", 3, floor, candidate);
}

/** Median of single times, ms. */
async function timeEach(once, times = ROUND_TRIPS) {
	const took = [];
	for (let round = 0; round < times; round++) {
		const from = performance.now();
		await once();
		took.push(performance.now() - from);
	}
	return median(took);
}

async function rpc({ socket: path, token }, session) {
	const socket = new WebSocket("ws://localhost/v1", {
		headers: { Authorization: `Bearer ${token}` },
		createConnection: () => netConnect(path),
	});
	await new Promise((done, fail) => socket.once("open", done).once("error", fail));
	let answered;
	socket.on("message", (data) => {
		const { error } = JSON.parse(data);
		if (error) throw new Error(error.message);
		answered();
	});
	const send = (text) =>
		new Promise((done) => {
			answered = done;
			socket.send(text);
		});
	await send(
		JSON.stringify({
			jsonrpc: "2.0",
			id: 0,
			method: "initialize",
			params: { protocolVersion: 1, agent: { name: "bench" }, session: { id: session } },
		}),
	);
	return { send, close: () => socket.close() };
}

async function discoveryIn(run) {
	for (;;) {
		const name = existsSync(run) ? readdirSync(run).find((entry) => entry.endsWith(".json")) : undefined;
		if (name) return JSON.parse(readFileSync(join(run, name), "utf8"));
		await new Promise((done) => setTimeout(done, 50));
	}
}

function firstLine(child) {
	return new Promise((done) => createInterface({ input: child.stdout }).once("line", (line) => done(JSON.parse(line))));
}

function report(rows) {
	const shown = (value) => (value >= 1 ? value.toFixed(2) : value.toFixed(4));
	console.log(`node ${process.version}, ${cpus().length} cores\n`);
	console.log("row          floor ms  candidate ms  ratio  budget");
	for (const { name, floor, candidate, ratio, budget, pass } of rows) {
		console.log(
			`${name.padEnd(12)} ${shown(floor).padStart(8)} ${shown(candidate).padStart(13)} ${ratio.toFixed(2).padStart(6)} ${String(budget).padStart(7)}  ${pass ? "PASS" : "OVER"}`,
		);
	}
	mkdirSync("bench", { recursive: true });
	writeFileSync(
		"bench/results.json",
		`${JSON.stringify({ node: process.version, cores: cpus().length, rows }, null, "\t")}\n`,
	);
	process.exitCode = rows.every(({ pass }) => pass) ? 0 : 1;
}
