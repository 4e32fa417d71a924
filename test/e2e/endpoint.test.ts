import { createHmac, randomBytes } from "node:crypto";
import { chownSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/base/hash.ts";
import { ConnectionLost, GateClient } from "../../src/endpoint/client.ts";
import type { Method, Params, RequestState } from "../../src/protocol/messages.ts";
import { countersign, GateProcess, isThere, journalOf, makePlace } from "../support/gateProcess.ts";
import { answerOk, BAD_FRAMES, foreignHosts, malformedHeads, randomHead, SQUATTERS } from "../support/hostile.ts";
import {
	type Answer,
	bearer,
	exchange,
	frame,
	head,
	httpRequest,
	type Listener,
	listenersOf,
	OPCODES,
	RawWebSocket,
	upgradeRequest,
} from "../support/rawSocket.ts";
import { seeded } from "../support/seeded.ts";
import { tempDir } from "../support/tempDir.ts";

const MIB = 1024 * 1024;
const JSON_TYPE = "Content-Type: application/json";
const NAMES = ["tcp", "unix"] as const;
const WRITE = { tool: "file_write", path: "new.txt", content: "secret content" } as const;
const SUBMIT = JSON.stringify({ agent: { name: "a" }, key: "k", action: WRITE, waitMs: 0 });

let door: GateProcess;
let listeners: { tcp: Listener; unix: Listener };
let token: string;

beforeAll(async () => {
	door = await GateProcess.start(makePlace({ "a.txt": "a\n" }));
	listeners = listenersOf(door.discovery);
	token = bearer(door);
});
afterAll(() => door.kill());

const startGate = async (files = {}) => {
	const gate = await GateProcess.start(makePlace(files));
	return { gate, ...listenersOf(gate.discovery), token: bearer(gate), [Symbol.asyncDispose]: () => gate.kill() };
};

/** The three ways in: a look at its health, a request, a WebSocket. */
const waysIn = (listener: Listener, headers: readonly string[]) => [
	httpRequest(listener, "GET /health", headers),
	httpRequest(listener, "POST /v1/requests", [JSON_TYPE, ...headers], SUBMIT),
	upgradeRequest(listener, headers),
];

function expectRefused(answer: Answer | null, ...statuses: number[]): void {
	expect(answer === null ? null : answer.status).toBeOneOf(statuses);
	for (const name of answer?.headers.keys() ?? []) expect(name).not.toMatch(/^access-control-/);
}

async function fastestHealth(listener: Listener): Promise<number> {
	const times: number[] = [];
	for (let round = 0; round < 3; round++) {
		const from = performance.now();
		expect((await exchange(listener, httpRequest(listener, "GET /health", [])))?.status).toBe(200);
		times.push(performance.now() - from);
	}
	return Math.min(...times);
}

describe("without the token nothing opens", () => {
	const VARIANTS: readonly [what: string, headers: (token: string) => string[], path?: (token: string) => string][] = [
		["none", () => []],
		["a wrong one", () => [`Authorization: Bearer ${randomBytes(32).toString("base64url")}`]],
		["one with a letter more", (right) => [`Authorization: Bearer ${right}a`]],
		["one with a letter less", (right) => [`Authorization: Bearer ${right.slice(1)}`]],
		["in the address", () => [], (right) => `?token=${right}&access_token=${right}`],
		["as a cookie", (right) => [`Cookie: token=${right}; Authorization=Bearer ${right}`]],
		["as a sub-protocol", (right) => [`Sec-WebSocket-Protocol: ${right}`]],
		["as a password", (right) => [`Authorization: Basic ${Buffer.from(`:${right}`).toString("base64")}`]],
		["without a scheme", (right) => [`Authorization: ${right}`]],
		["in a header of another name", (right) => [`X-Api-Key: ${right}`, `Proxy-Authorization: Bearer ${right}`]],
	];

	describe.each(NAMES)("on %s", (name) => {
		test.each(["a request", "a WebSocket"])("%s", async (kind) => {
			await using started = await startGate();
			const { gate, [name]: listener } = started;
			const right = gate.discovery.token;
			for (const [what, headers, path] of VARIANTS) {
				const query = path?.(right) ?? "";
				const bytes =
					kind === "a request"
						? httpRequest(listener, `POST /v1/requests${query}`, [JSON_TYPE, ...headers(right)], SUBMIT)
						: upgradeRequest(listener, headers(right), `/v1${query}`);
				const answer = await exchange(listener, bytes);
				expect(answer?.status, what).toBe(401);
				expect(answer?.message).toContain("Send the token of the gate's discovery file");
				expectRefused(answer, 401);
			}
			expect(gate.shown()).toEqual([]);
			const opened = await exchange(listener, waysIn(listener, [bearer(gate)])[kind === "a request" ? 1 : 2] ?? "");
			expect(opened?.status).toBe(kind === "a request" ? 200 : 101);
		});
	});

	test("the 11th wrong token in a minute is delayed, on every way in; a right one is answered at once", async () => {
		await using started = await startGate();
		const { gate, tcp, unix } = started;
		const wrong = (listener: Listener, way: number) =>
			exchange(listener, waysIn(listener, ["Authorization: Bearer wrong"])[way] ?? "", 30_000);
		const from = performance.now();
		for (let round = 0; round < 5; round++) {
			expectRefused(await wrong(tcp, 1), 401);
			expectRefused(await wrong(unix, 2), 401);
		}
		expect(performance.now() - from).toBeLessThan(900);

		const eleventh = performance.now();
		const late = [wrong(unix, 1), wrong(tcp, 2)].map(async (answer) => {
			expectRefused(await answer, 401);
			return performance.now() - eleventh;
		});
		for (const listener of [tcp, unix]) {
			for (const way of waysIn(listener, [bearer(gate)]).slice(1)) {
				expect((await exchange(listener, way))?.status).toBeOneOf([200, 101]);
			}
		}
		expect(performance.now() - eleventh).toBeLessThan(900);
		expect((await Promise.all(late)).sort((a, b) => a - b)).toEqual([
			expect.closeTo(1000, -3),
			expect.closeTo(2000, -3),
		]);

		// Those that are still held back do not hold the gate back when it stops.
		const held = [1, 2, 1, 2].map((way) => wrong(tcp, way));
		await fastestHealth(tcp);
		const stopping = performance.now();
		await gate.stop();
		expect(performance.now() - stopping).toBeLessThan(3000);
		await Promise.all(held);
	});
});

describe.each(NAMES)("a web page cannot speak to the gate (%s)", (name) => {
	const ORIGINS = [
		"null",
		"",
		"http://localhost:3000",
		"https://evil.example",
		"vscode-webview://0123",
		"http://127.0.0.1.evil.example",
		"file://",
		"chrome-extension://abc",
		"http://[",
		"%".repeat(8000),
	];
	test("whatever its origin, with the right token, before the upgrade and before the body", async () => {
		const listener = listeners[name];
		const origins = [
			...ORIGINS,
			door.discovery.url ?? "",
			`http://localhost:${new URL(door.discovery.url ?? "").port}`,
		];
		for (const origin of origins) {
			for (const bytes of waysIn(listener, [`Origin: ${origin}`, token])) {
				expectRefused(await exchange(listener, bytes), 403);
			}
		}
	});

	test("nor where it sends no origin but says that it is a page", async () => {
		const listener = listeners[name];
		for (const site of ["cross-site", "same-site", "same-origin", "none"]) {
			for (const bytes of waysIn(listener, [`Sec-Fetch-Site: ${site}`, token])) {
				expectRefused(await exchange(listener, bytes), 403);
			}
		}
	});

	test("a preflight is refused, and nothing in the answer opens the door", async () => {
		const listener = listeners[name];
		const asks = ["Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type"];
		for (const path of ["/v1/requests", "/health", "*"]) {
			expectRefused(await exchange(listener, httpRequest(listener, `OPTIONS ${path}`, [...asks, token])), 404, 400);
			expectRefused(
				await exchange(listener, httpRequest(listener, `OPTIONS ${path}`, ["Origin: https://evil.example", ...asks])),
				403,
			);
		}
	});

	test("a form, which needs no preflight, is refused by its type", async () => {
		const listener = listeners[name];
		const types = [
			"text/plain",
			"text/plain; application/json",
			"application/x-www-form-urlencoded",
			"multipart/form-data; boundary=x",
			"application/jsonp",
			"application/vnd.api+json",
			"",
		];
		for (const headers of [...types.map((type) => [`Content-Type: ${type}`]), []]) {
			for (const path of ["requests", `requests/${"0".repeat(32)}/cancel`, `requests/${"0".repeat(32)}/report`]) {
				const answer = await exchange(listener, httpRequest(listener, `POST /v1/${path}`, [token, ...headers], SUBMIT));
				expectRefused(answer, 415);
				expect(answer?.message).toBe("Send Content-Type: application/json.");
			}
		}
	});
});

describe("a name that was made to point here does not lead here", () => {
	test("every other Host is refused with the right token, before the body is there", async () => {
		const { port } = new URL(door.discovery.url ?? "");
		for (const host of foreignHosts(port)) {
			for (const version of ["1.1", "1.0"]) {
				for (const start of [
					head(`GET /health HTTP/${version}`, [...host, "Connection: close"]),
					head(`POST /v1/requests HTTP/${version}`, [...host, token, JSON_TYPE, "Content-Length: 100"]),
					upgradeRequest({ ...listeners.tcp, host: host.join("\r\n") || "X-No: host" }, [token]),
				]) {
					const answer = await exchange(listeners.tcp, start, 5000);
					expect([host, answer?.status ?? 400]).toEqual([host, expect.toBeOneOf([400, 403])]);
					expectRefused(answer, 400, 403);
				}
			}
		}
	});

	test.each(["127.0.0.1", "localhost", "[::1]"])("%s and its port are the gate's own names", async (name) => {
		const { port } = new URL(door.discovery.url ?? "");
		const listener = { ...listeners.tcp, host: `Host: ${name}:${port}` };
		expect((await exchange(listener, httpRequest(listener, "GET /health", [])))?.status).toBe(200);
		expect((await exchange(listener, upgradeRequest(listener, [token])))?.status).toBe(101);
	});
});

describe.each(NAMES)("it serves its routes and nothing else (%s)", (name) => {
	test("no file, no list, no page", async () => {
		const listener = listeners[name];
		const paths = [
			...["/", "/index.html", "/favicon.ico", "/v1", "/v1/", "/v1/requests", "/v1/requests/", "/v2/requests"],
			...["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/v1/../etc/passwd", "/health/", "/HEALTH", "//health"],
			...["/v1/requests/x", `/v1/requests/${"A".repeat(32)}`, `/v1/blobs/${"a".repeat(64)}`, "/v1/hooks/claude-code"],
			...["/v1/policy", "/v1/audit", "/v1/queue", "/metrics", "/debug", "/.well-known/x", "/json/version"],
			...["http://evil.example/", "http://evil.example/v1/requests", "*", "x"],
		];
		for (const path of paths) {
			for (const method of ["GET", "DELETE", "PATCH", "TRACE", "PROPFIND"]) {
				expectRefused(await exchange(listener, httpRequest(listener, `${method} ${path}`, [token])), 400, 404);
			}
		}
		expect(await exchange(listener, httpRequest(listener, "CONNECT evil.example:443", [token]))).toBe(null);
	});

	test("a parameter that is not known is refused, and so is a nonce that is none", async () => {
		const listener = listeners[name];
		const bad = [
			`/v1/requests/${"0".repeat(32)}?wait=1`,
			`/v1/requests/${"0".repeat(32)}?waitMs=x`,
			"/health?nonce=abc",
		];
		for (const path of bad) {
			expectRefused(await exchange(listener, httpRequest(listener, `GET ${path}`, [token])), 400);
		}
		expectRefused(
			await exchange(listener, httpRequest(listener, "POST /v1/requests?approved=true", [token, JSON_TYPE], SUBMIT)),
			400,
		);
	});

	test("health says that the gate is there, and nothing of what it holds", async () => {
		const answer = await exchange(listeners[name], httpRequest(listeners[name], "GET /health", []));
		expect(JSON.parse(answer?.body ?? "")).toEqual({ name: "countersign", ok: true });
	});
});

describe.each(NAMES)("malformed HTTP ends in an error or the line (%s)", (name) => {
	test("whatever is wrong with the headers", async () => {
		const listener = listeners[name];
		for (const [what, bytes] of malformedHeads(listener, token)) {
			const answer = await exchange(listener, bytes, 15_000);
			// Without compression there is no extension to agree on: a malformed offer may be passed over.
			const ignorable = what === "an extension that is malformed" ? [101] : [];
			expect([what, answer?.status ?? null]).toEqual([
				what,
				expect.toBeOneOf([null, 400, 403, 404, 405, 413, 417, 426, 431, ...ignorable]),
			]);
		}
		expect(await fastestHealth(listener)).toBeLessThan(100);
	});

	test("500 rounds of random header bytes: an error or the end of the line, and health within 100 ms", async () => {
		const listener = listeners[name];
		const random = seeded(name === "tcp" ? 1 : 2);
		const statuses = new Map<number | null, number>();
		for (let round = 0; round < 500; round += 10) {
			const answers = Array.from({ length: 10 }, () => exchange(listener, randomHead(listener, token, random), 15_000));
			for (const answer of await Promise.all(answers)) {
				const status = answer?.status ?? null;
				statuses.set(status, (statuses.get(status) ?? 0) + 1);
				expect(status === null || (status >= 400 && status < 500), String(status)).toBe(true);
			}
		}
		expect(statuses.size).toBeGreaterThan(2);
		expect(await fastestHealth(listener)).toBeLessThan(100);
	});
});

describe("where it listens, and who else can get there", () => {
	test("on exactly one address of TCP, 127.0.0.1, and on one Unix socket", () => {
		const { pid, url, socket } = door.discovery;
		const inodes = new Set(
			readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
				try {
					return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
				} catch {
					return [];
				}
			}),
		);
		const rows = (table: string) =>
			readFileSync(`/proc/net/${table}`, "utf8")
				.split("\n")
				.slice(1)
				.map((row) => row.trim().split(/\s+/));
		const own = (table: string, column: number) => rows(table).filter((row) => inodes.has(row[column] ?? ""));
		const LISTENING = "0A";
		const tcp = own("tcp", 9).filter((row) => row[3] === LISTENING);
		const port = Number(new URL(url ?? "").port)
			.toString(16)
			.toUpperCase()
			.padStart(4, "0");
		expect(tcp.map((row) => row[1])).toEqual([`0100007F:${port}`]);
		for (const table of ["tcp6", "udp", "udp6", "raw"]) expect(own(table, 9)).toEqual([]);
		expect(
			own("unix", 6)
				.flatMap((row) => row[7] ?? [])
				.filter((path) => path.startsWith("/")),
		).toEqual([socket]);
	});

	test("its folder is 0700, what it wrote there 0600, the token among it", () => {
		const { home } = door.place;
		const run = join(home, "run");
		for (const folder of [home, run]) expect(statSync(folder).mode & 0o777).toBe(0o700);
		const entries = readdirSync(run);
		for (const entry of entries) {
			const stats = statSync(join(run, entry));
			if (stats.isFile()) expect([entry, stats.mode & 0o777]).toEqual([entry, 0o600]);
			else expect([entry, stats.isSocket()]).toEqual([entry, true]);
		}
		const holding = entries.filter(
			(entry) =>
				statSync(join(run, entry)).isFile() && readFileSync(join(run, entry), "utf8").includes(door.discovery.token),
		);
		expect(holding.length).toBeGreaterThan(0);
		for (const file of ["environ", "cmdline"]) {
			expect(readFileSync(`/proc/${door.discovery.pid}/${file}`, "utf8")).not.toContain(door.discovery.token);
		}
	});
});

describe("a client makes the gate prove itself before it sends anything", () => {
	test("health answers a nonce with its HMAC under the token, on both ways in", async () => {
		for (const listener of [listeners.tcp, listeners.unix]) {
			const nonce = randomBytes(32).toString("hex");
			const answer = await exchange(listener, httpRequest(listener, `GET /health?nonce=${nonce}`, []));
			const expected = createHmac("sha256", door.discovery.token)
				.update(`countersign/proof/v1\n${nonce}`)
				.digest("hex");
			expect(JSON.parse(answer?.body ?? "")).toMatchObject({ proof: expected });
			expect(answer?.body).not.toContain(door.discovery.token);
		}
	});

	test.each(SQUATTERS)("who %s gets no token and no content", async (_, behave) => {
		const socket = join(tempDir("squat-"), "gate.sock");
		const discovery = { ...door.discovery, socket };
		const seen: Buffer[] = [];
		const server = createServer((connection) => {
			connection.on("error", () => undefined);
			connection.on("data", (chunk) => seen.push(chunk));
			connection.once("data", () => behave(connection));
		});
		await new Promise<void>((listening) => server.listen(socket, listening));
		const attempt = GateClient.connect(discovery, { agent: { name: "my agent" }, session: { id: "my session" } });
		await expect(attempt).rejects.toThrow(ConnectionLost);
		server.close();
		const text = Buffer.concat(seen).toString("latin1");
		expect(text).toMatch(/^GET \/health\?nonce=[0-9a-f]{64} HTTP\/1\.1\r\n/);
		expect(text).not.toContain(discovery.token);
		expect(text).not.toMatch(/authorization|my agent|my session/i);
		expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
	});

	test("a socket in a folder of somebody else is not even spoken to", async ({ skip }) => {
		if (process.getuid?.() !== 0) skip("only root can give a folder away");
		const folder = join(tempDir("squat-"), "other");
		mkdirSync(folder);
		let connections = 0;
		const server = createServer(() => connections++);
		const socket = join(folder, "gate.sock");
		await new Promise<void>((listening) => server.listen(socket, listening));
		chownSync(folder, 65_534, 65_534);
		const attempt = GateClient.connect({ ...door.discovery, socket }, { agent: { name: "a" } });
		await expect(attempt).rejects.toThrow(/belongs to somebody else/);
		server.close();
		expect(connections).toBe(0);
	});

	test("where the folder or the socket is gone, the gate is not there", async () => {
		for (const socket of [join(tempDir(), "none.sock"), "/nowhere/at/all.sock"]) {
			const attempt = GateClient.connect({ ...door.discovery, socket }, { agent: { name: "a" } });
			await expect(attempt).rejects.toThrow(ConnectionLost);
		}
	});

	test("the command line tells a squatter on a dead gate's socket nothing, and fails", async () => {
		await using started = await startGate();
		const { gate } = started;
		const { discovery } = gate;
		await gate.kill();
		rmSync(discovery.socket, { force: true });
		const seen: Buffer[] = [];
		const server = createServer((connection) => {
			connection.on("error", () => undefined);
			connection.on("data", (chunk) => {
				seen.push(chunk);
				connection.write(answerOk(JSON.stringify({ ok: true, proof: "0".repeat(64), status: "approved" })));
			});
		});
		await new Promise<void>((listening) => server.listen(discovery.socket, listening));
		const args = ["request", "file_write", "--path", "a.txt", "--content-file", "/etc/hostname", "--wait-ms", "0"];
		const { code, stdout } = await countersign(gate.place, args);
		server.close();
		expect(code).toBe(2);
		expect(stdout).not.toContain("approved");
		expect(Buffer.concat(seen).toString("latin1")).not.toMatch(
			new RegExp(`${discovery.token}|a\\.txt|authorization`, "i"),
		);
	});
});

describe("an agent asks; it never decides", () => {
	const VERBS = [
		...["request/decide", "request/approve", "request/deny", "request/list", "request/execute", "request/history"],
		...["decide", "approve", "deny", "list", "pending", "log", "policy/get", "policy/set", "rules/add", "config/apply"],
		...["audit/read", "audit/append", "keys/get", "gate/stop", "shutdown", "ping", "rpc.discover", "tools/call"],
		...["__proto__", "constructor", "toString", "hasOwnProperty", "Request/Submit", "request/submit ", ""],
	];
	const error = (code: number, message: RegExp) =>
		expect.objectContaining({ error: expect.objectContaining({ code, message: expect.stringMatching(message) }) });

	test("verbs that are not an agent's do not exist, nor can a batch or a nested call smuggle one in", async () => {
		const socket = await RawWebSocket.agent(listeners.unix, token);
		for (const verb of VERBS) {
			const answer = await socket.call(verb, { id: "0".repeat(32), decision: "approved", by: "alice", via: "editor" });
			expect(answer).toEqual(
				error(
					-32_601,
					/^There is no method .* Methods: initialize, request\/submit, request\/wait, request\/cancel, request\/report\.$/,
				),
			);
		}
		const call = { jsonrpc: "2.0", id: 1, method: "request/wait", params: { id: "0".repeat(32) } };
		for (const text of [
			JSON.stringify([call, call]),
			"[]",
			JSON.stringify({ ...call, approved: true }),
			JSON.stringify({ ...call, params: [call] }),
			JSON.stringify({ ...call, method: ["request/decide"] }),
			JSON.stringify({ jsonrpc: "2.0", method: "request/wait", params: {} }),
			JSON.stringify({ ...call, id: null }),
			JSON.stringify({ ...call, jsonrpc: "1.0" }),
			JSON.stringify({ jsonrpc: "2.0", id: 1, result: { status: "approved" } }),
			"null",
			'"approve"',
			"1",
		]) {
			const { error: refused } = await socket.say(text);
			expect([text, refused?.code]).toEqual([text, expect.toBeOneOf([-32_600, -32_000])]);
		}
		expect((await socket.say(JSON.stringify([call]))).error?.message).toContain("batches are not accepted");
		socket.destroy();
	});

	test("over HTTP there is no such route either", async () => {
		const id = "0".repeat(32);
		for (const path of [
			`requests/${id}/approve`,
			`requests/${id}/decide`,
			`requests/${id}/deny`,
			`requests/${id}/decision`,
			"decisions",
			"policy",
			"rules",
			"shutdown",
		]) {
			for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
				expectRefused(
					await exchange(
						listeners.unix,
						httpRequest(listeners.unix, `${method} /v1/${path}`, [token, JSON_TYPE], "{}"),
					),
					404,
				);
			}
		}
	});

	test("a field that would mean approved, a role or a scope is refused wherever it stands", async () => {
		const socket = await RawWebSocket.open(listeners.unix, token);
		const extras = [
			{ approved: true },
			{ role: "reviewer" },
			{ scopes: ["decide"] },
			{ decision: { status: "approved" } },
			{ status: "approved" },
			{ by: "alice" },
		];
		const named = (extra: object) => new RegExp(`a field that is not known: ${Object.keys(extra)[0]}`);
		const hello = { protocolVersion: 1, agent: { name: "a" } };
		for (const extra of extras) {
			expect(await socket.call("initialize", { ...hello, ...extra })).toEqual(error(-32_000, named(extra)));
			expect(await socket.call("initialize", { ...hello, agent: { name: "a", ...extra } })).toEqual(
				error(-32_000, named(extra)),
			);
		}
		expect(await socket.call("initialize", hello)).toHaveProperty("result.protocolVersion", 1);
		for (const extra of extras) {
			const submit = { key: "k", action: WRITE, waitMs: 0 };
			expect(await socket.call("request/submit", { ...submit, ...extra })).toEqual(error(-32_000, named(extra)));
			expect(await socket.call("request/submit", { ...submit, action: { ...WRITE, ...extra } })).toEqual(
				error(-32_000, named(extra)),
			);
			expect(await socket.call("request/cancel", { id: "0".repeat(32), ...extra })).toEqual(
				error(-32_000, named(extra)),
			);
			const body = JSON.stringify({ ...JSON.parse(SUBMIT), ...extra });
			const answer = await exchange(
				listeners.tcp,
				httpRequest(listeners.tcp, "POST /v1/requests", [token, JSON_TYPE], body),
			);
			expectRefused(answer, 400);
			expect(answer?.message).toMatch(named(extra));
		}
		socket.destroy();
	});

	test("nothing before initialize, and initialize once", async () => {
		const socket = await RawWebSocket.open(listeners.tcp, token);
		for (const [method, params] of [
			["request/submit", { key: "k", action: WRITE, waitMs: 0 }],
			["request/wait", { id: "0".repeat(32) }],
			["request/cancel", { id: "0".repeat(32) }],
			["request/report", { id: "0".repeat(32), outcome: "executed" }],
		] as const) {
			expect(await socket.call(method, params)).toEqual(error(-32_000, /^Call initialize first\.$/));
		}
		const hello = { protocolVersion: 1, agent: { name: "a" } };
		expect(await socket.call("initialize", { ...hello, protocolVersion: 2 })).toEqual(
			error(-32_000, /this gate speaks protocolVersion 1/),
		);
		expect(await socket.call("initialize", hello)).toHaveProperty("result.gate.name", "countersign");
		expect(await socket.call("initialize", { ...hello, agent: { name: "b" } })).toEqual(
			error(-32_000, /initialized already/),
		);
		socket.destroy();
	});

	test("the name of another agent, its key and a guessed id open nothing of what it asked for", async () => {
		await using started = await startGate();
		const { gate } = started;
		const [a, b] = await Promise.all(
			["a", "b"].map((id) => GateClient.connect(gate.discovery, { agent: { name: "agent" }, session: { id } })),
		);
		const first = await ask(a, "request/submit", { key: "k", action: WRITE, waitMs: 0 });
		const second = await ask(b, "request/submit", { key: "k", action: WRITE, waitMs: 0 });
		const other = await ask(b, "request/submit", { key: "k2", action: { ...WRITE, content: "other" }, waitMs: 0 });
		expect(new Set([first.id, second.id, other.id]).size).toBe(3);
		const guess = first.id.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
		for (const id of [guess, first.id]) {
			const refusal = { code: "not_found", message: `There is no request ${id} of this session.` };
			for (const [method, params] of [
				["request/wait", { id }],
				["request/wait", { id, waitMs: 0 }],
				["request/cancel", { id }],
				["request/report", { id, outcome: "executed" }],
			] as const) {
				await expect(b?.call(method, params)).rejects.toMatchObject(refusal);
			}
		}
		expect((await ask(a, "request/wait", { id: first.id, waitMs: 0 })).status).toBe("waiting");
	});

	test("words are only words: an approval in a text, a log or an intent changes nothing", async () => {
		await using started = await startGate();
		const { gate } = started;
		const client = await GateClient.connect(gate.discovery, { agent: { name: "agent" } });
		const { id } = await ask(client, "request/submit", {
			key: "k",
			action: WRITE,
			intent: "approved by alice",
			waitMs: 0,
		});
		const text = `/approve ${id}\n{"approve":"${id}"}\n`;
		await ask(client, "request/submit", { key: "log", action: { tool: "log_write", text }, waitMs: 0 });
		await ask(client, "request/submit", { key: "send", action: { tool: "send_message", to: text, text }, waitMs: 0 });
		await client.call("request/report", { id, outcome: "executed" });
		expect(await ask(client, "request/wait", { id, waitMs: 0 })).toMatchObject({ status: "waiting", outcome: null });
		expect(isThere(gate.place, "new.txt")).toBe(false);
	});
});

const ask = async <M extends Method>(client: GateClient | undefined, method: M, params: Params<M>) =>
	(await client?.call(method, params)) as RequestState;

describe("frames that no good client sends", () => {
	const agent = () => RawWebSocket.agent(listeners.unix, token);
	const lives = async (socket: RawWebSocket) => {
		expect((await socket.call("request/wait", { id: "0".repeat(32) })).error?.data?.code).toBe("not_found");
		socket.destroy();
	};

	test.each(BAD_FRAMES)("a frame %s ends the connection", async (_, bytes, code) => {
		const socket = await agent();
		socket.write(bytes);
		expect(await socket.closed).toBeOneOf([code, null]);
	});

	test("of 5 MiB: an error that names 4 MiB and the way to send more; the connection lives", async () => {
		const socket = await agent();
		const content = "x".repeat(5 * MIB);
		socket.write(
			frame(
				JSON.stringify({
					jsonrpc: "2.0",
					id: 9,
					method: "request/submit",
					params: { key: "k", action: { tool: "file_write", path: "a", content } },
				}),
			),
		);
		expect(await socket.answer(() => true)).toMatchObject({
			id: null,
			error: {
				code: -32_000,
				message: 'A message has at most 4 MiB. PUT larger content to /v1/blobs/{sha256} and send {"blob": sha256}.',
				data: { code: "too_large" },
			},
		});
		await lives(socket);
	});

	test("our own client knows that limit by itself, and does not wait for ever", async () => {
		const client = await GateClient.connect(door.discovery, { agent: { name: "a" } });
		const action = { ...WRITE, content: "x".repeat(4 * MIB) };
		await expect(client.call("request/submit", { key: "k", action })).rejects.toMatchObject({
			code: "too_large",
			message: expect.stringMatching(/4 MiB/),
		});
		await expect(client.putBlob(Buffer.alloc(128 * MIB + 1))).rejects.toMatchObject({
			code: "too_large",
			message: expect.stringMatching(/128 MiB/),
		});
		await expect(client.call("request/wait", { id: "0".repeat(32) })).rejects.toMatchObject({ code: "not_found" });
		client.close();
	});

	test("binary: an error, and the connection lives", async () => {
		const socket = await agent();
		socket.write(frame("{}", { opcode: OPCODES.binary }));
		expect((await socket.answer(() => true)).error?.message).toBe("Send text frames.");
		await lives(socket);
	});

	test("a message in fragments of one byte is a message", async () => {
		const socket = await agent();
		const text = JSON.stringify({ jsonrpc: "2.0", id: "é😀", method: "request/wait", params: { id: "0".repeat(32) } });
		const bytes = [...Buffer.from(text)];
		for (const [index, byte] of bytes.entries()) {
			socket.write(
				frame(Buffer.from([byte]), {
					fin: index === bytes.length - 1,
					opcode: index === 0 ? OPCODES.text : OPCODES.continuation,
				}),
			);
			if (index === 5) socket.write(frame("between", { opcode: OPCODES.ping }));
		}
		expect(await socket.answer(() => true)).toMatchObject({ id: "é😀", error: { data: { code: "not_found" } } });
		await lives(socket);
	});

	test("a flood of pings, of which nobody reads the answers, stops nobody else and takes no more than 64 MiB", async () => {
		const socket = await agent();
		const other = await agent();
		const memory = () =>
			Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${door.discovery.pid}/status`, "utf8"))?.[1]) / 1024;
		const before = memory();
		socket.socket.pause();
		const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame("x".repeat(125), { opcode: OPCODES.ping })));
		const times: number[] = [];
		for (let round = 0; round < 100; round++) {
			// The gate stops reading from who does not read: then there is no more to write.
			if (!socket.socket.writableNeedDrain) socket.socket.write(pings);
			const from = performance.now();
			expect((await other.call("request/wait", { id: "0".repeat(32) })).error?.data?.code).toBe("not_found");
			times.push(performance.now() - from);
		}
		expect(times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)]).toBeLessThan(200);
		expect(memory() - before).toBeLessThan(64);
		socket.destroy();
		await lives(other);
	});

	test("more calls at once than a socket may have are refused, and answered again when there is room", async () => {
		await using started = await startGate();
		const { gate, unix } = started;
		const socket = await RawWebSocket.agent(unix, bearer(gate));
		const { result } = await socket.call("request/submit", { key: "k", action: WRITE, waitMs: 0 });
		const id = result?.id;
		const wait = (callId: number) =>
			frame(JSON.stringify({ jsonrpc: "2.0", id: callId, method: "request/wait", params: { id } }));
		socket.write(Buffer.concat(Array.from({ length: 300 }, (_, index) => wait(1000 + index))));
		const refused = await socket.answer((answer) => answer.error !== undefined);
		expect(refused.error).toMatchObject({
			message: "At most 256 calls at once on one socket.",
			data: { code: "too_many" },
		});
		gate.tell({ deny: id, reason: "no" });
		await socket.answer((answer) => answer.id === 1000);
		await socket.answer((answer) => answer.id === 1255);
		expect((await socket.call("request/wait", { id })).result).toMatchObject({ status: "denied" });
	});
});

/*
 * A listener takes 256 connections at once; the next ones are closed at once. Whoever sends no whole head is closed
 * after 10 s (checked every 5 s). TCP and the Unix socket count apart, and only the user of the gate gets to the
 * latter: our own clients and hooks, which use it, do not notice a crowd on TCP.
 */
test("1,000 half-open connections on TCP do not stop a client on the Unix socket, and are gone after 15 s", async () => {
	await using started = await startGate();
	const { gate, tcp } = started;
	const client = await GateClient.connect(gate.discovery, { agent: { name: "a" } });
	let key = 0;
	const slowestOf20 = async () => {
		const times: number[] = [];
		for (let round = 0; round < 20; round++) {
			const from = performance.now();
			const waiting = await ask(client, "request/submit", {
				key: `k${++key}`,
				action: { ...WRITE, path: `${key}.txt` },
				waitMs: 0,
			});
			gate.tell({ deny: waiting.id, reason: "no" });
			expect((await ask(client, "request/wait", { id: waiting.id })).status).toBe("denied");
			times.push(performance.now() - from);
		}
		return times.sort((a, b) => a - b)[18] ?? 0;
	};
	const alone = await slowestOf20();
	let open = 0;
	const crowd = Array.from({ length: 1000 }, (_, index) => {
		const socket = tcp.connect().resume();
		socket.on("error", () => undefined);
		socket.on("connect", () => {
			open++;
			if (index % 2 === 0) socket.write("POST /v1/requests HTTP/1.1\r\n");
		});
		return new Promise<void>((gone) =>
			socket.on("close", () => {
				open--;
				gone();
			}),
		);
	});
	await Promise.all(crowd.slice(256));
	expect(open).toBe(256);

	expect(await slowestOf20()).toBeLessThan(Math.max(200, 10 * alone));
	expect(await exchange(tcp, httpRequest(tcp, "GET /health", []))).toBe(null);

	await Promise.all(crowd);
	expect((await exchange(tcp, httpRequest(tcp, "GET /health", [])))?.status).toBe(200);
}, 60_000);

test("who is refused and keeps the line half open does not keep a connection of the gate", async () => {
	await using started = await startGate();
	const { tcp } = started;
	const rude = Array.from({ length: 300 }, (_, index) => {
		const socket = tcp.connect({ allowHalfOpen: true });
		socket.on("error", () => undefined);
		socket.write(index % 2 === 0 ? upgradeRequest(tcp, ["Origin: null"]) : "no HTTP\r\n\r\n");
		return socket;
	});
	await Promise.all(rude.map((socket) => new Promise((seen) => socket.once("close", seen).once("readable", seen))));
	expect((await exchange(tcp, httpRequest(tcp, "GET /health", [])))?.status).toBe(200);
	for (const socket of rude) socket.destroy();
});

describe("a request outlives its asker", () => {
	let gate: GateProcess;
	beforeAll(async () => {
		gate = await GateProcess.start(makePlace({ "a.txt": "a\n", "b.txt": "b\n" }));
	});
	afterAll(() => gate.kill());
	const connect = (session: string) =>
		GateClient.connect(gate.discovery, { agent: { name: "agent" }, session: { id: session } });
	const requestRecords = async (id: string) =>
		(await journalOf(gate.place)).filter((record) => record.type === "REQUEST" && record.request === id);

	test("the same key and action 50 times over 5 connections and a crash is one request, asked and answered once", async () => {
		const place = makePlace({ "a.txt": "a\n" });
		let own = await GateProcess.start(place);
		const ids = new Set<string>();
		for (let round = 0; round < 5; round++) {
			if (round === 3) {
				await own.kill();
				own = await GateProcess.start(place);
			}
			const client = await GateClient.connect(own.discovery, { agent: { name: "agent" }, session: { id: "s" } });
			const spellings = [WRITE, { content: WRITE.content, path: WRITE.path, tool: WRITE.tool }];
			const answers = Array.from({ length: 10 }, (_, index) =>
				ask(client, "request/submit", { key: "k", action: spellings[index % 2] ?? WRITE, waitMs: index % 3 }),
			);
			for (const { id, status } of await Promise.all(answers)) {
				expect(status).toBe("waiting");
				ids.add(id);
			}
			client.close();
		}
		expect(ids.size).toBe(1);
		const [id = ""] = ids;
		await own.request();
		await own.approve(id);
		expect(own.shown()).toHaveLength(1);
		const client = await GateClient.connect(own.discovery, { agent: { name: "agent" }, session: { id: "s" } });
		const ends = await Promise.all(
			Array.from({ length: 10 }, () => ask(client, "request/submit", { key: "k", action: WRITE })),
		);
		for (const state of ends) expect(state).toMatchObject({ id, status: "approved", outcome: "executed" });
		const types = (await journalOf(place)).filter((record) => record.request === id).map((record) => record.type);
		expect(types).toEqual(["REQUEST", "DECISION", "INTENT", "EXECUTED"]);
		expect(readFileSync(join(place.workspace, "new.txt"), "utf8")).toBe(WRITE.content);
		await own.kill();
	});

	test("50 connections that ask for the same at once make one request", async () => {
		const clients = await Promise.all(Array.from({ length: 50 }, () => connect("crowd")));
		const states = await Promise.all(
			clients.map((client) => ask(client, "request/submit", { key: "k", action: WRITE, waitMs: 0 })),
		);
		const [first] = states;
		expect(new Set(states.map((state) => state.id)).size).toBe(1);
		expect(await requestRecords(first?.id ?? "")).toHaveLength(1);
		for (const client of clients) client.close();
	});

	test("the same key with another action is an error 409, and the first one is what it was", async () => {
		const client = await connect("conflict");
		const first = await ask(client, "request/submit", { key: "k", action: WRITE, waitMs: 0 });
		await gate.event((event) => event.event === "request" && event.id === first.id);
		const before = gate.events.length;
		for (const action of [
			{ ...WRITE, content: "other" },
			{ ...WRITE, base: null },
			{ tool: "file_delete", path: WRITE.path } as const,
		]) {
			await expect(client.call("request/submit", { key: "k", action, waitMs: 0 })).rejects.toMatchObject({
				code: "conflict",
				message: expect.stringMatching(/A new action needs a new key; the first request is unchanged\./),
			});
			const body = JSON.stringify({
				agent: { name: "agent" },
				session: { id: "conflict" },
				key: "k",
				action,
				waitMs: 0,
			});
			const { unix } = listenersOf(gate.discovery);
			expect(
				(await exchange(unix, httpRequest(unix, "POST /v1/requests", [bearer(gate), JSON_TYPE], body)))?.status,
			).toBe(409);
		}
		expect(await ask(client, "request/wait", { id: first.id, waitMs: 0 })).toEqual(first);
		expect(gate.events.slice(before)).toEqual([]);
		gate.tell({ approve: first.id });
		expect(await ask(client, "request/wait", { id: first.id })).toMatchObject({
			status: "approved",
			outcome: "executed",
		});
		expect(readFileSync(join(gate.place.workspace, "new.txt"), "utf8")).toBe(WRITE.content);
	});

	test("a connection that ends, politely or not, cancels nothing", async () => {
		const { unix, tcp } = listenersOf(gate.discovery);
		const ends: ((socket: RawWebSocket) => void)[] = [
			(socket) => socket.destroy(),
			(socket) => socket.socket.resetAndDestroy(),
			(socket) => socket.write(frame(Buffer.from([0x03, 0xe8]), { opcode: OPCODES.close })),
			(socket) => socket.write(frame("x", { masked: false })),
			(socket) => socket.socket.end(),
		];
		for (const [index, end] of ends.entries()) {
			const socket = await RawWebSocket.agent(index === 1 ? tcp : unix, bearer(gate), "leaver");
			socket.write(
				frame(
					JSON.stringify({
						jsonrpc: "2.0",
						id: 5,
						method: "request/submit",
						params: { key: `k${index}`, action: { ...WRITE, path: `left${index}.txt` } },
					}),
				),
			);
			const { id } = await gate.request(new RegExp(`left${index}\\.txt`));
			end(socket);
			await socket.closed;
			const back = await RawWebSocket.agent(unix, bearer(gate), "leaver");
			const { result } = await back.call("request/wait", { id, waitMs: 0 });
			expect(result).toMatchObject({ status: "waiting", ticket: id });
			back.destroy();
		}
		const decisions = (await journalOf(gate.place)).filter(
			(record) => record.type === "DECISION" && record.session === "leaver",
		);
		expect(decisions).toEqual([]);
		const { id } = await gate.request(/left0\.txt/);
		await gate.approve(id);
		await gate.event((event) => event.event === "outcome" && event.id === id);
		expect(isThere(gate.place, "left0.txt")).toBe(true);
	});

	test("waitMs is how long it waits, not how long it lives", async () => {
		const client = await connect("waiter");
		const submit = { key: "k", action: { ...WRITE, path: "waited.txt" } };
		const now = await ask(client, "request/submit", { ...submit, waitMs: 0 });
		expect(now).toEqual({ id: now.id, key: "k", revision: 1, status: "waiting", outcome: null, ticket: now.id });
		const from = performance.now();
		expect(await ask(client, "request/submit", { ...submit, waitMs: 150 })).toEqual(now);
		expect(await ask(client, "request/wait", { id: now.id, waitMs: 150 })).toEqual(now);
		expect(performance.now() - from).toBeGreaterThanOrEqual(298);
		expect(performance.now() - from).toBeLessThan(2000);
		const patient = [
			ask(client, "request/submit", submit),
			ask(client, "request/wait", { id: now.id }),
			ask(client, "request/wait", { id: now.id, waitMs: 2_147_483_647 }),
		];
		gate.tell({ deny: now.id, reason: "not now" });
		for (const state of await Promise.all(patient)) {
			expect(state).toMatchObject({
				status: "denied",
				outcome: null,
				decision: { status: "denied", reason: "not now", via: "terminal" },
			});
			expect(state).not.toHaveProperty("ticket");
		}
	});

	test("who asked may cancel what waits; what was decided stays decided", async () => {
		const client = await connect("canceller");
		const [first, second] = [
			await ask(client, "request/submit", { key: "1", action: WRITE, waitMs: 0 }),
			await ask(client, "request/submit", { key: "2", action: { ...WRITE, path: "two.txt" }, waitMs: 0 }),
		];
		const waiting = ask(client, "request/wait", { id: first.id });
		expect(await ask(client, "request/cancel", { id: first.id, reason: "changed my mind" })).toMatchObject({
			status: "cancelled",
			decision: { by: "agent", via: "agent", reason: "changed my mind" },
		});
		expect((await waiting).status).toBe("cancelled");
		gate.tell({ approve: first.id });
		await gate.event(
			(event) =>
				event.event === "warning" &&
				event.id === first.id &&
				/Too late: cancelled by agent/.test(String(event.message)),
		);
		gate.tell({ deny: second.id, reason: "no" });
		expect((await ask(client, "request/wait", { id: second.id })).status).toBe("denied");
		expect((await ask(client, "request/cancel", { id: second.id })).status).toBe("denied");
	});

	test("what the gate cannot do itself it does not promise: an error 400", async () => {
		const client = await connect("applier");
		const actions = [
			{ tool: "shell_execute", command: "true" },
			{ tool: "api_call", method: "GET", url: "https://example.com" },
			{ tool: "send_message", to: "a", text: "b" },
			{ tool: "mcp_call", server: "s", name: "n", arguments: {} },
			{ tool: "custom", name: "n", arguments: {} },
		] as const;
		const { tcp } = listenersOf(gate.discovery);
		for (const action of actions) {
			const submit = { key: action.tool, action, apply: "gate" as const, waitMs: 0 };
			await expect(client.call("request/submit", submit)).rejects.toMatchObject({
				code: "unsupported",
				message: `The gate cannot do a ${action.tool} itself. Ask with apply: "agent" and do it once it is approved.`,
			});
			const body = JSON.stringify({ ...submit, agent: { name: "agent" } });
			expect(
				(await exchange(tcp, httpRequest(tcp, "POST /v1/requests", [bearer(gate), JSON_TYPE], body)))?.status,
			).toBe(400);
		}
		expect(gate.events.filter((event) => event.session === "applier")).toEqual([]);
	});
});

describe.each(NAMES)("the HTTP twin says the same (%s)", (name) => {
	let gate: GateProcess;
	let listener: Listener;
	beforeAll(async () => {
		gate = await GateProcess.start(makePlace({ "a.txt": "a\n" }));
		listener = listenersOf(gate.discovery)[name];
	});
	afterAll(() => gate.kill());

	async function http(line: string, body?: object): Promise<{ status: number; body: RequestState }> {
		const answer = await exchange(
			listener,
			httpRequest(listener, line, [bearer(gate), JSON_TYPE], body && JSON.stringify(body)),
		);
		return { status: answer?.status ?? 0, body: JSON.parse(answer?.body ?? "null") };
	}
	const submit = (key: string, action: object, more = {}) =>
		http("POST /v1/requests", { agent: { name: "twin" }, session: { id: "s" }, key, action, waitMs: 0, ...more });

	test("ask, look, wait, and be answered", async () => {
		const first = await submit("k", WRITE);
		expect(first).toEqual({
			status: 200,
			body: { id: first.body.id, key: "k", revision: 1, status: "waiting", outcome: null, ticket: first.body.id },
		});
		const path = `/v1/requests/${first.body.id}`;
		expect(await http(`GET ${path}?waitMs=0`)).toEqual(first);
		expect(await http(`GET ${path}?waitMs=50`)).toEqual(first);
		expect(await submit("k", WRITE)).toEqual(first);
		const waiting = http(`GET ${path}`);
		gate.tell({ approve: first.body.id });
		expect(await waiting).toMatchObject({ status: 200, body: { status: "approved", outcome: "executed" } });
		expect(readFileSync(join(gate.place.workspace, "new.txt"), "utf8")).toBe(WRITE.content);
	});

	test("a WebSocket of the same agent and session sees the same request", async () => {
		const { body } = await submit("shared", { ...WRITE, path: "shared.txt" });
		const client = await GateClient.connect(gate.discovery, { agent: { name: "twin" }, session: { id: "s" } });
		expect(
			await ask(client, "request/submit", { key: "shared", action: { ...WRITE, path: "shared.txt" }, waitMs: 0 }),
		).toEqual(body);
		client.close();
	});

	test("who hangs up while it waits cancels nothing", async () => {
		const socket = listener.connect();
		socket.on("error", () => undefined);
		const body = JSON.stringify({ agent: { name: "twin" }, key: "hangup", action: { ...WRITE, path: "hangup.txt" } });
		socket.write(httpRequest(listener, "POST /v1/requests", [bearer(gate), JSON_TYPE], body));
		const { id } = await gate.request(/hangup\.txt/);
		socket.destroy();
		expect((await http(`GET /v1/requests/${id}?waitMs=0`)).body.status).toBe("waiting");
	});

	test("cancel", async () => {
		const { body } = await submit("cancel", { ...WRITE, path: "cancel.txt" });
		expect(await http(`POST /v1/requests/${body.id}/cancel`, { reason: "done otherwise" })).toMatchObject({
			status: 200,
			body: { status: "cancelled", decision: { reason: "done otherwise" } },
		});
	});

	test("report", async () => {
		const { body } = await submit("report", { tool: "shell_execute", command: "make" });
		const path = `/v1/requests/${body.id}`;
		expect((await http(`POST ${path}/report`, { outcome: "executed" })).body).toMatchObject({
			status: "waiting",
			outcome: null,
		});
		gate.tell({ approve: body.id });
		expect((await http(`GET ${path}`)).body).toMatchObject({ status: "approved", outcome: "executing" });
		expect(await http(`POST ${path}/report`, { outcome: "failed", detail: "exit 2" })).toMatchObject({
			status: 200,
			body: { outcome: "failed", detail: "exit 2" },
		});
		expect((await http(`POST ${path}/report`, { outcome: "executed" })).body.outcome).toBe("failed");
	});

	test("content by its name: put a blob, then write it", async () => {
		const bytes = randomBytes(5 * MIB);
		const digest = sha256(bytes);
		expect((await submit("early", { tool: "file_write", path: "blob.bin", content: { blob: digest } })).status).toBe(
			404,
		);
		const put = httpRequest(listener, `PUT /v1/blobs/${digest}`, [bearer(gate)], bytes);
		expect(JSON.parse((await exchange(listener, put))?.body ?? "")).toEqual({ sha256: digest, size: bytes.length });
		expect((await exchange(listener, put))?.status).toBe(200);
		const { body } = await submit("blob", {
			tool: "file_write",
			path: "blob.bin",
			content: { blob: digest },
			base: null,
		});
		gate.tell({ approve: body.id });
		expect((await http(`GET /v1/requests/${body.id}`)).body).toMatchObject({ outcome: "executed" });
		expect(sha256(readFileSync(join(gate.place.workspace, "blob.bin")))).toBe(digest);
	});
});

/** Runs last. */
describe("after all of that", () => {
	test("the gate of these tests is well: nothing queued, nothing on stderr, the log holds", async () => {
		expect(door.process.exitCode).toBe(null);
		expect(await fastestHealth(listeners.tcp)).toBeLessThan(100);
		expect(door.events.map((event) => event.event)).toEqual(["ready"]);
		expect(door.stderr).toBe("");
		const records = await journalOf(door.place);
		expect(records.filter((record) => !["GENESIS", "POLICY"].includes(record.type))).toEqual([]);
		expect(dirname(door.discovery.socket)).toBe(join(door.place.home, "run"));
		expect((await countersign(door.place, ["verify"])).code).toBe(0);
	});
});
