import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { sha256 } from "../../src/base/hash.ts";
import { GateClient } from "../../src/endpoint/client.ts";
import type { RequestState } from "../../src/protocol/messages.ts";
import { countersign, GateProcess, journalOf, makePlace, type Place } from "../support/gateProcess.ts";
import { bearer, exchange, head, httpRequest, type Listener, listenersOf, RawWebSocket } from "../support/rawSocket.ts";
import { pick, seeded } from "../support/seeded.ts";
import { tempDir } from "../support/tempDir.ts";

const MIB = 1024 * 1024;
const JSON_TYPE = "Content-Type: application/json";
const TEXT = "one two one\n";

let place: Place;
let gate: GateProcess;
let listeners: { tcp: Listener; unix: Listener };
let token: string;
let socket: RawWebSocket;
let unixServer: Server;
/** Outside of the workspace. */
let outside: string;
/** Asked before all the rest, and waiting through all of it. */
let earlier: RequestState;

beforeAll(async () => {
	place = makePlace({ "a.txt": TEXT, "dir/b.txt": "b\n" });
	outside = tempDir("outside-");
	writeFileSync(join(outside, "x.txt"), "x\n");
	const link = (target: string, path: string) => symlinkSync(target, join(place.workspace, path));
	link(join(outside, "x.txt"), "link-out");
	link(outside, "dir-out");
	link(join(outside, "not-yet.txt"), "link-dangling");
	link("../outside-of-all", "link-up");
	link("loop-b", "loop-a");
	link("loop-a", "loop-b");
	execFileSync("mkfifo", [join(place.workspace, "pipe")]);
	unixServer = createServer();
	await new Promise<void>((listening) => unixServer.listen(join(place.workspace, "sock"), listening));

	gate = await GateProcess.start(place);
	listeners = listenersOf(gate.discovery);
	token = bearer(gate);
	socket = await RawWebSocket.agent(listeners.unix, token, "bad");
	const action = { tool: "file_write", path: "earlier.txt", content: "earlier" };
	earlier = (await socket.call("request/submit", { key: "earlier", action, waitMs: 0 }))
		.result as unknown as RequestState;
	await gate.request();
});
afterAll(async () => {
	unixServer.close();
	await gate.kill();
});

interface Refusal {
	readonly code: string;
	readonly message: string;
}

/** What is said to an action, given as the text of its JSON, on a WebSocket. */
async function overSocket(action: string): Promise<Refusal> {
	const text = `{"jsonrpc":"2.0","id":"bad","method":"request/submit","params":{"key":"bad","action":${action},"waitMs":0}}`;
	const { error } = await socket.say(text);
	return { code: error?.data?.code ?? "", message: error?.message ?? "" };
}

async function overHttp(action: string): Promise<Refusal> {
	const body = `{"agent":{"name":"raw"},"session":{"id":"bad"},"key":"bad","action":${action},"waitMs":0}`;
	const request = httpRequest(listeners.tcp, "POST /v1/requests", [token, JSON_TYPE], body);
	const answer = await exchange(listeners.tcp, request, 5000);
	const { error } = JSON.parse(answer?.body ?? "{}") as { error?: Refusal };
	expect(answer?.status).toBe(STATUS[error?.code ?? ""]);
	return { code: error?.code ?? "", message: error?.message ?? "" };
}

const STATUS: Readonly<Record<string, number>> = {
	bad_request: 400,
	not_found: 404,
	stale_base: 409,
	conflict: 409,
	too_large: 413,
	too_many: 429,
};

/** Only the earlier request is queued and recorded, and it waits as it did. */
async function expectNothingQueued(): Promise<void> {
	expect(gate.events.map((event) => event.event)).toEqual(["ready", "request"]);
	const types = (await journalOf(place))
		.map((record) => record.type)
		.filter((type) => !["GENESIS", "POLICY"].includes(type));
	expect(types).toEqual(["REQUEST"]);
	expect((await socket.call("request/wait", { id: earlier.id, waitMs: 0 })).result).toEqual(earlier);
}

const write = (path: string, more: object = { content: "x" }) => JSON.stringify({ tool: "file_write", path, ...more });
const remove = (path: string, more = {}) => JSON.stringify({ tool: "file_delete", path, ...more });
const edit = (...edits: object[]) => write("a.txt", { edits });

describe("bad input is refused with what is wrong and what to do; nothing is queued, and what waits goes on waiting", () => {
	/** `WS` and `OUT` stand for the two folders. */
	const ROWS: readonly [what: string, action: string, code: string, message: string | RegExp][] = [
		["JSON that ends early", '{"tool":"file_write"', "bad_request", /^The message is refused: not JSON: .*\.$/],
		["JSON with a comma too many", '{"tool":"log_write","text":"",}', "bad_request", /not JSON: /],
		["a name that JSON does not know", '{"tool":"log_write","text":undefined}', "bad_request", /not JSON: /],
		[
			"a key twice",
			'{"tool":"file_write","path":"a","content":"shown","content":"run"}',
			"bad_request",
			"The message is refused: an object names the same key twice.",
		],
		[
			"a key twice, once escaped",
			'{"tool":"file_write","path":"a","p\\u0061th":"b","content":""}',
			"bad_request",
			/names the same key twice/,
		],
		[
			"__proto__",
			'{"tool":"log_write","text":"","__proto__":{"tool":"file_write"}}',
			"bad_request",
			"The message is refused: the key __proto__ is not accepted.",
		],
		[
			"half of a pair",
			'{"tool":"log_write","text":"\\ud800"}',
			"bad_request",
			"The message is refused: a string holds half a surrogate pair.",
		],
		[
			"a number too large",
			'{"tool":"custom","name":"n","arguments":{"x":1e400}}',
			"bad_request",
			/a number is too large/,
		],
		[
			"2^53 + 1",
			'{"tool":"custom","name":"n","arguments":{"x":9007199254740993}}',
			"bad_request",
			/beyond 2\^53; send it as a string/,
		],
		[
			"65 levels",
			`{"tool":"custom","name":"n","arguments":{"x":${"[".repeat(65)}${"]".repeat(65)}}}`,
			"bad_request",
			"The message is refused: nested deeper than 64 levels.",
		],
		[
			"20,000 levels",
			`{"tool":"custom","name":"n","arguments":{"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`,
			"bad_request",
			/nested deeper than 64 levels/,
		],
		["no action", "null", "bad_request", /action: .*object/],
		["an unknown tool", '{"tool":"file_append","path":"a"}', "bad_request", /action\.tool: /],
		[
			"a field that is not known",
			write("a", { content: "", mode: "0777" }),
			"bad_request",
			/^The message is refused: action has a field that is not known: mode\.$/,
		],
		[
			"a field that would mean approved",
			write("a", { content: "", approved: true }),
			"bad_request",
			/action has a field that is not known: approved/,
		],
		["a wrong type", write("a", { content: 1 }), "bad_request", /action\.content: /],
		[
			"content and edits",
			write("a", { content: "", edits: [{ old: "a", new: "b" }] }),
			"bad_request",
			/action: give either content or edits/,
		],
		[
			"content that is not base64",
			write("a", { content: { base64: "no!" } }),
			"bad_request",
			/action\.content\.base64: not base64/,
		],
		[
			"a blob that nobody sent",
			write("a", { content: { blob: "a".repeat(64) } }),
			"not_found",
			`There is no blob ${"a".repeat(64)}. PUT it to /v1/blobs/${"a".repeat(64)} first.`,
		],

		["an empty path", write(""), "bad_request", /action\.path: a path must not be empty/],
		["a NUL in a path", write("a\0.txt"), "bad_request", /action\.path: a path must not hold a NUL/],
		[
			"a path of 4,097 characters",
			write(`${"p/".repeat(2048)}p`),
			"bad_request",
			/action\.path: a path has at most 4096 characters/,
		],
		[
			"a path that the disk finds too long",
			write(`${"p/".repeat(2047)}p`),
			"bad_request",
			/cannot be looked up: a name in it is longer than the disk allows\.$/,
		],
		[
			"a name of 300 bytes",
			write("n".repeat(300)),
			"bad_request",
			/^"n{300}" cannot be looked up: a name in it is longer than the disk allows\.$/,
		],
		["a name of 300 bytes in few characters", write("é".repeat(150)), "bad_request", /longer than the disk allows/],
		[
			".. that leaves",
			write("../x.txt"),
			"bad_request",
			/^The path "\.\.\/x\.txt" holds "\.\."\. Write it without: .*\/x\.txt$/,
		],
		[
			".. that stays",
			write("dir/../a.txt"),
			"bad_request",
			'The path "dir/../a.txt" holds "..". Write it without: WS/a.txt',
		],
		[
			".. in an absolute path",
			write("/tmp/../etc/x"),
			"bad_request",
			'The path "/tmp/../etc/x" holds "..". Write it without: /etc/x',
		],
		[".. between backslashes", write("dir\\..\\x"), "bad_request", /holds "\.\."/],
		[".. in a rename", '{"tool":"file_rename","from":"a.txt","to":"../a.txt"}', "bad_request", /holds "\.\."/],
		[
			".. in one of several changes",
			`{"tool":"changes","changes":[${write("a")},${write("../a")}]}`,
			"bad_request",
			/holds "\.\."/,
		],
		[
			"a path that is another one in every process",
			write("/proc/self/root/tmp/never"),
			"bad_request",
			"/proc/self/root/tmp/never means something else in every process; name the real path.",
		],
		["a file that is open", write("/dev/fd/3"), "bad_request", /means something else in every process/],
		["the files of a process", write("/proc/1/cwd/x"), "bad_request", /means something else in every process/],
		[
			".. in a cwd",
			write("x", { content: "", cwd: ".." }),
			"bad_request",
			'The cwd ".." holds "..". Write the folder itself.',
		],
		[
			"a cwd of one among changes",
			`{"tool":"changes","changes":[${write("a", { content: "", cwd: "/" })}]}`,
			"bad_request",
			/a field that is not known: cwd/,
		],
		["~", write("~/x"), "bad_request", '"~" is not expanded in "~/x"; write the absolute path, or ./~…'],
		["~ of somebody", remove("~root/x"), "bad_request", /"~" is not expanded/],
		["a URL", write("file:///etc/x"), "bad_request", '"file:///etc/x" is a URL; write a plain path.'],
		["a URL in capitals", write("FILE:///etc/x"), "bad_request", /is a URL; write a plain path/],
		[
			"a link that leaves",
			write("link-out"),
			"bad_request",
			'"link-out" is a link that leaves the workspace. To change what it leads to, name that: OUT/x.txt',
		],
		[
			"a link that leaves, to nothing yet",
			write("link-dangling"),
			"bad_request",
			'"link-dangling" is a link that leaves the workspace. To change what it leads to, name that: OUT/not-yet.txt',
		],
		[
			"a link that leaves by ..",
			write("link-up"),
			"bad_request",
			/is a link that leaves the workspace\. To change what it leads to, name that: .*\/outside-of-all$/,
		],
		[
			"a folder that is such a link",
			write("dir-out/x.txt"),
			"bad_request",
			'"dir-out/x.txt" is a link that leaves the workspace. To change what it leads to, name that: OUT/x.txt',
		],
		[
			"a new file in such a folder",
			write("dir-out/deep/new.txt"),
			"bad_request",
			/leaves the workspace\. .* name that: OUT\/deep\/new\.txt$/,
		],
		["a delete in such a folder", remove("dir-out/x.txt"), "bad_request", /leaves the workspace/],
		[
			"links that go round",
			write("loop-a"),
			"bad_request",
			'"loop-a" cannot be looked up: its links go round in a circle.',
		],
		[
			"a file for a folder",
			write("a.txt/b"),
			"bad_request",
			'"a.txt/b" cannot be looked up: one of its folders is a file.',
		],

		["a folder for a file", write("dir"), "bad_request", "WS/dir is a folder, not a file."],
		["the workspace itself", write("."), "bad_request", "WS is a folder, not a file."],
		["a pipe", write("pipe"), "bad_request", "WS/pipe is a device, socket or pipe; only regular files are written."],
		[
			"edits of a pipe",
			write("pipe", { edits: [{ old: "a", new: "b" }] }),
			"bad_request",
			/WS\/pipe is a device, socket or pipe/,
		],
		["a pipe to delete", remove("pipe"), "bad_request", /^WS\/pipe is a device, socket or pipe/],
		["a socket", write("sock"), "bad_request", "WS/sock is a device, socket or pipe; only regular files are written."],
		["a socket to delete", remove("sock"), "bad_request", /^WS\/sock is a device, socket or pipe/],
		[
			"a device",
			write("/dev/null"),
			"bad_request",
			"/dev/null is a device, socket or pipe; only regular files are written.",
		],
		["a device that never ends", write("/dev/zero", { edits: [{ old: "a", new: "b" }] }), "bad_request", /is a device/],

		[
			"edits of a file that is not there",
			write("gone.txt", { edits: [{ old: "a", new: "b" }] }),
			"stale_base",
			"There is no WS/gone.txt to edit. To make a new file, send its content.",
		],
		[
			"an edit that fits nowhere",
			edit({ old: "three", new: "3" }),
			"stale_base",
			'WS/a.txt: the text to replace is not in the file: "three". Read the file again.',
		],
		[
			"an edit that fits twice",
			edit({ old: "one", new: "1" }),
			"stale_base",
			'WS/a.txt: the text to replace occurs 2 times; name a longer piece, or set all: "one". Read the file again.',
		],
		[
			"the second of two edits",
			edit({ old: "two", new: "2" }, { old: "two", new: "2" }),
			"stale_base",
			'WS/a.txt: edit 2: the text to replace is not in the file: "two". Read the file again.',
		],
		[
			"another base",
			write("a.txt", { content: "", base: "b".repeat(64) }),
			"stale_base",
			`WS/a.txt has other bytes (${sha256(TEXT)}); the base was ${"b".repeat(64)}. Read it again and ask anew.`,
		],
		[
			"another base of edits",
			write("a.txt", { edits: [{ old: "two", new: "2" }], base: "b".repeat(64) }),
			"stale_base",
			/has other bytes .* Read it again and ask anew\.$/,
		],
		["another base of a delete", remove("a.txt", { base: "b".repeat(64) }), "stale_base", /has other bytes/],
		[
			"a base where there is nothing",
			write("gone.txt", { content: "", base: "b".repeat(64) }),
			"stale_base",
			`WS/gone.txt does not exist; the base was ${"b".repeat(64)}. Read it again and ask anew.`,
		],
		[
			"a file that was not to exist",
			write("a.txt", { content: "", base: null }),
			"stale_base",
			`WS/a.txt has other bytes (${sha256(TEXT)}); it was not to exist. Read it again and ask anew.`,
		],
		["a delete of what is not there", remove("gone.txt"), "stale_base", "There is no WS/gone.txt to delete."],
		[
			"a folder without recursive",
			remove("dir"),
			"bad_request",
			"WS/dir is a folder. To delete it with everything in it, set recursive.",
		],
	];

	const expected = (text: string | RegExp) => {
		const fill = (pattern: string) => pattern.replaceAll("WS", place.workspace).replaceAll("OUT", outside);
		return typeof text === "string" ? fill(text) : expect.stringMatching(new RegExp(fill(text.source)));
	};

	test.each(ROWS)("%s", async (_, action, code, message) => {
		const refusal = { code, message: expected(message) };
		expect(await overSocket(action)).toEqual(refusal);
		expect(await overHttp(action)).toEqual(refusal);
		await expectNothingQueued();
	});

	test("a body that is not UTF-8, or begins with a byte order mark", async () => {
		const bodies = [
			Buffer.from([0x22, 0xff, 0x22]),
			Buffer.from('\ufeff{"key":"k"}'),
			Buffer.from([0xff, 0xfe, 0x7b, 0x00]),
			Buffer.alloc(0),
		];
		for (const body of bodies) {
			const answer = await exchange(
				listeners.tcp,
				httpRequest(listeners.tcp, "POST /v1/requests", [token, JSON_TYPE], body),
			);
			expect(answer?.status).toBe(400);
			expect(answer?.message).toMatch(/^The message is (not UTF-8|refused: not JSON: .*)\.$/);
		}
		await expectNothingQueued();
	});
});

describe.each(["tcp", "unix"] as const)(
	"what is too large is refused with its limit, before it is read (%s)",
	(name) => {
		const chunk = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(MIB, 0x20), Buffer.from("\r\n")]);
		function* chunked(start: string, count: number) {
			yield start;
			for (let sent = 0; sent < count; sent++) yield chunk;
			yield "0\r\n\r\n";
		}
		const start = (line: string, ...headers: string[]) =>
			head(`${line} HTTP/1.1`, [listeners[name].host, token, ...headers]);
		const BLOB = `PUT /v1/blobs/${"a".repeat(64)}`;
		const HOOK = "POST /v1/hooks/claude-code";

		test("a blob of 129 MiB, by its length alone", async () => {
			const from = performance.now();
			const answer = await exchange(listeners[name], start(BLOB, `Content-Length: ${129 * MIB}`), 5000);
			expect(answer).toMatchObject({ status: 413, message: "A blob has at most 128 MiB." });
			expect(performance.now() - from).toBeLessThan(1000);
		});

		test("a blob of 129 MiB in chunks that say no length", async () => {
			const answer = await exchange(listeners[name], chunked(start(BLOB, "Transfer-Encoding: chunked"), 129));
			expect(answer).toMatchObject({ status: 413, message: "A blob has at most 128 MiB." });
		});

		test("a message of more than 4 MiB", async () => {
			for (const path of ["requests", `requests/${"0".repeat(32)}/cancel`, `requests/${"0".repeat(32)}/report`]) {
				const answers = [
					await exchange(listeners[name], start(`POST /v1/${path}`, JSON_TYPE, `Content-Length: ${4 * MIB + 1}`), 5000),
					await exchange(
						listeners[name],
						chunked(start(`POST /v1/${path}`, JSON_TYPE, "Transfer-Encoding: chunked"), 5),
					),
				];
				for (const answer of answers)
					expect(answer).toMatchObject({ status: 413, message: "A message has at most 4 MiB." });
			}
		});

		test("a hook payload of 33 MiB is denied in the agent's own words", async () => {
			for (const [length, pieces] of [
				[`Content-Length: ${33 * MIB}`, 0],
				["Transfer-Encoding: chunked", 33],
			] as const) {
				const answer = await exchange(listeners[name], chunked(start(HOOK, JSON_TYPE, length), pieces));
				expect(answer?.status).toBe(200);
				expect(answer?.body).toContain(
					'"permissionDecision":"deny","permissionDecisionReason":"A hook payload has at most 32 MiB."',
				);
				const framed = await exchange(listeners[name], chunked(start(`${HOOK}?framed=1`, JSON_TYPE, length), pieces));
				expect(framed?.body).toMatch(/exit 2\nA hook payload has at most 32 MiB\.\n/);
			}
		});

		test("bytes that are not what their name says", async () => {
			const body = Buffer.from("other bytes");
			const answer = await exchange(listeners[name], httpRequest(listeners[name], BLOB, [token], body));
			expect(answer).toMatchObject({
				status: 400,
				message: `The bytes have SHA-256 ${sha256(body)}, not the one in the address.`,
			});
			expect((await overSocket(write("a", { content: { blob: sha256(body) } }))).code).toBe("not_found");
		});

		test("a body that ends before its length leaves no blob", async () => {
			const body = "half";
			const raw = listeners[name].connect();
			raw.on("error", () => undefined);
			raw.end(start(`PUT /v1/blobs/${sha256(body)}`, "Content-Length: 100") + body);
			await new Promise((closed) => raw.resume().on("close", closed));
			expect((await overSocket(write("a", { content: { blob: sha256(body) } }))).code).toBe("not_found");
		});

		test("and after it the gate is as it was", async () => {
			await expectNothingQueued();
			expect(gate.stderr).toBe("");
		});
	},
);

describe("a queue that a person can read", () => {
	const submit = (client: GateClient, key: string) =>
		client.call("request/submit", {
			key,
			action: { tool: "file_write", path: `${key}.txt`, content: key },
			waitMs: 0,
		}) as Promise<RequestState>;

	test("the 51st of a session is told to wait; another session is not, and a decision makes room", async () => {
		const own = await GateProcess.start(makePlace());
		const connect = (id: string) => GateClient.connect(own.discovery, { agent: { name: "busy" }, session: { id } });
		const [client, other] = [await connect("a"), await connect("b")];
		const waiting: RequestState[] = [];
		for (let count = 0; count < 50; count++) waiting.push(await submit(client, `k${count}`));
		const refusal = {
			code: "too_many",
			message: "50 requests of this session wait already. Wait for a decision before asking for more.",
		};
		await expect(submit(client, "k50")).rejects.toMatchObject(refusal);
		const body = JSON.stringify({
			agent: { name: "busy" },
			session: { id: "a" },
			key: "k50",
			action: { tool: "custom", name: "n", arguments: {} },
		});
		const { tcp } = listenersOf(own.discovery);
		const answer = await exchange(tcp, httpRequest(tcp, "POST /v1/requests", [bearer(own), JSON_TYPE], body));
		expect(answer).toMatchObject({ status: 429, message: refusal.message });

		expect((await submit(client, "k0")).id).toBe(waiting[0]?.id);
		expect(
			(await client.call("request/submit", { key: "read", action: { tool: "file_read", path: "a" } })) as RequestState,
		).toMatchObject({ status: "approved" });
		expect((await submit(other, "k50")).status).toBe("waiting");
		await own.request(51);
		for (const { id } of waiting) {
			expect(((await client.call("request/wait", { id, waitMs: 0 })) as RequestState).status).toBe("waiting");
		}
		await own.deny(waiting[0]?.id ?? "", "no");
		expect((await submit(client, "k51")).status).toBe("waiting");
		expect((await countersign(own.place, ["verify"])).code).toBe(0);
		await own.kill();
	});

	test("also when it asks for all of them at once", async () => {
		const own = await GateProcess.start(makePlace());
		const client = await GateClient.connect(own.discovery, { agent: { name: "busy" }, session: { id: "a" } });
		const results = await Promise.allSettled(Array.from({ length: 120 }, (_, index) => submit(client, `k${index}`)));
		const refused = results.filter((result) => result.status === "rejected");
		for (const { reason } of refused) expect(reason).toMatchObject({ code: "too_many" });
		await own.kill();
		expect(results.length - refused.length).toBe(50);
	});
});

describe("a request that is made to hurt is answered soon, and the gate goes on answering others", () => {
	const doubling = Array(60).fill({ old: "a", new: "aa", all: true });
	const ROWS: readonly [what: string, action: { tool: string; [field: string]: unknown }, refusal: RegExp | null][] = [
		["a command of 2 MiB of joined words", { tool: "shell_execute", command: "a-".repeat(MIB) }, null],
		["a command of 2 MiB of joined addresses", { tool: "shell_execute", command: "a.".repeat(MIB) }, null],
		["a command of 2 MiB of half tokens", { tool: "shell_execute", command: "eyJ-".repeat(MIB / 2) }, null],
		[
			"a command of 2 MiB that says one secret word",
			{ tool: "shell_execute", command: "token-".repeat(MIB / 3) },
			null,
		],
		[
			"a command of 2 MiB that names the gate",
			{ tool: "shell_execute", command: "countersign ".repeat(MIB / 6) },
			null,
		],
		["a log line of 2 MiB of joined words", { tool: "log_write", text: "a-".repeat(MIB) }, null],
		["a message to a name of 2 MiB", { tool: "send_message", to: "a-".repeat(MIB), text: "" }, null],
		["edits that double a file 60 times", { tool: "file_write", path: "a.txt", edits: doubling }, /128 MiB|more than/],
		[
			"an edit that fits 120 million times",
			{ tool: "file_write", path: "zeros.bin", edits: [{ old: "\0", new: "x" }] },
			/occurs .* times/,
		],
		[
			"all of 120 million places",
			{ tool: "file_write", path: "zeros.bin", edits: [{ old: "\0", new: "xx", all: true }] },
			/128 MiB|more than/,
		],
		[
			"base64 of 3 MB",
			{ tool: "file_write", path: "b", content: { base64: Buffer.alloc(3_000_000).toString("base64") } },
			null,
		],
		["10,000 arguments", { tool: "shell_execute", argv: Array(10_000).fill("a b") }, null],
		["an argument of 200,000 members", { tool: "custom", name: "n", arguments: { x: Array(200_000).fill({}) } }, null],
	];

	test.each(ROWS)(
		"%s",
		async (_, action, refusal) => {
			const own = await GateProcess.start(makePlace({ "a.txt": "a", "zeros.bin": "" }));
			// Also when the test gave up: a gate that is busy for hours would slow all that follow.
			onTestFinished(() => void own.process.kill("SIGKILL"));
			truncateSync(join(own.place.workspace, "zeros.bin"), 120 * MIB);
			const connect = (id: string) => GateClient.connect(own.discovery, { agent: { name: "x" }, session: { id } });
			const [hurting, other] = [await connect("a"), await connect("b")];
			const from = performance.now();
			const asked = hurting.call("request/submit", { key: "k", action, waitMs: 0 } as never);
			if (refusal) await expect(asked).rejects.toMatchObject({ message: expect.stringMatching(refusal) });
			else expect(((await asked) as RequestState).status).toBeOneOf(["waiting", "approved"]);
			await expect(other.call("request/wait", { id: "0".repeat(32) })).rejects.toMatchObject({ code: "not_found" });
			expect(performance.now() - from).toBeLessThan(4000);
			if (!refusal && action.tool !== "log_write") await own.request();
		},
		10_000,
	);
});

test("T26: a folder that a request starts in never becomes a root: what lies outside is asked twice", async () => {
	const own = await GateProcess.start(makePlace({ "dir/b.txt": "b\n" }));
	const client = await GateClient.connect(own.discovery, { agent: { name: "a" } });
	const tiers: unknown[] = [];
	for (const [key, action] of Object.entries({
		outside: { tool: "file_write", path: "x.txt", content: "", cwd: outside },
		absolute: { tool: "file_write", path: join(outside, "y.txt"), content: "" },
		neighbour: { tool: "file_write", path: `${own.place.workspace}-evil/x`, content: "" },
		inside: { tool: "file_write", path: "x.txt", content: "", cwd: "dir" },
	} as const)) {
		const { id } = (await client.call("request/submit", { key, action, waitMs: 0 })) as RequestState;
		const { tier, target } = await own.event((event) => event.event === "request" && event.id === id);
		tiers.push([key, tier, target]);
	}
	expect(tiers).toEqual([
		["outside", "high", join(outside, "x.txt")],
		["absolute", "high", join(outside, "y.txt")],
		["neighbour", "high", `${own.place.workspace}-evil/x`],
		["inside", "normal", join(own.place.workspace, "dir/x.txt")],
	]);
	await own.kill();
});

describe("T30 · bytes in are bytes out", () => {
	const KINDS: readonly [what: string, make: (random: () => number) => Uint8Array][] = [
		["nothing", () => Buffer.alloc(0)],
		["bytes", (random) => bytesOf(random, 2000)],
		["text without a final newline", (random) => Buffer.from(words(random, "\n"))],
		["text", (random) => Buffer.from(`${words(random, "\n")}\n`)],
		["lines that end in CR LF", (random) => Buffer.from(`${words(random, "\r\n")}\r\n`)],
		["lines that end in CR", (random) => Buffer.from(words(random, "\r"))],
		[
			"lines that end in all ways",
			(random) => Buffer.from(words(random, () => pick(random, ["\n", "\r\n", "\r", "\n\r", "\u2028", "\u0085"]))),
		],
		["a byte order mark", (random) => Buffer.from(`\ufeff${words(random, "\n")}`)],
		["two byte order marks", (random) => Buffer.from(`\ufeff\ufeff${words(random, "\n")}`)],
		["UTF-16 of the small end", (random) => Buffer.from(`\ufeff${words(random, "\r\n")}`, "utf16le")],
		["UTF-16 of the big end", (random) => Buffer.from(`\ufeff${words(random, "\n")}`, "utf16le").swap16()],
		[
			"UTF-8 that is cut or wrong",
			(random) =>
				Buffer.concat([
					Buffer.from("é".repeat(5)),
					Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf5]),
					bytesOf(random, 20),
				]),
		],
		["only NUL", (random) => Buffer.alloc(Math.floor(random() * 500))],
		["a page and its neighbours", (random) => Buffer.alloc(4095 + Math.floor(random() * 3), "x")],
	];

	function bytesOf(random: () => number, most: number): Buffer {
		return Buffer.from(Array.from({ length: Math.floor(random() * most) }, () => Math.floor(random() * 256)));
	}

	function words(random: () => number, end: string | (() => string)): string {
		const word = () =>
			pick(random, ["", "a", "\t", "naïve", "日本", "😀", "e\u0301", "\u202e", "\u0000", "\u001b[2J", "x".repeat(80)]);
		return Array.from(
			{ length: 1 + Math.floor(random() * 20) },
			() => word() + (typeof end === "string" ? end : end()),
		).join("");
	}

	test("of 1,000 random contents what is on disk is what was approved, to the byte", async () => {
		const from = performance.now();
		const random = seeded(30);
		const cases = Array.from({ length: 1000 }, (_, index) => {
			const [kind, make] = KINDS[index % KINDS.length] as (typeof KINDS)[number];
			return { kind, index, bytes: make(random), asBlob: random() < 0.2, asText: random() < 0.3 };
		});
		const own = await GateProcess.start(makePlace());
		/** Half of the files are new, the others stand there from a round before. */
		const nameOf = (worker: number, round: number) => `w${worker}/${round % 2 === 0 ? round : 1}.bin`;

		async function run(
			worker: number,
			round: number,
			client: GateClient,
			{ kind, index, bytes, asBlob, asText }: (typeof cases)[number],
		) {
			const digest = sha256(bytes);
			const text = Buffer.from(bytes).toString("utf8");
			const content = asBlob
				? { blob: await client.putBlob(bytes) }
				: asText && sha256(text) === digest
					? text
					: { base64: Buffer.from(bytes).toString("base64") };
			const path = nameOf(worker, round);
			const action = { tool: "file_write", path, content } as const;
			const { id } = (await client.call("request/submit", { key: `k${index}`, action, waitMs: 0 })) as RequestState;
			const event = await own.event((seen) => seen.event === "request" && seen.id === id);
			const { changes } = event.request as { changes: { proposed: { sha256: string; size: number } }[] };
			expect([kind, changes[0]?.proposed]).toEqual([kind, { sha256: digest, size: bytes.length }]);
			own.tell({ approve: id, revision: 1 });
			expect([kind, (await client.call("request/wait", { id })) as RequestState]).toEqual([
				kind,
				expect.objectContaining({ status: "approved", outcome: "executed" }),
			]);
			const written = readFileSync(join(own.place.workspace, path));
			expect([kind, sha256(written)]).toEqual([kind, digest]);
		}

		const WORKERS = 10;
		await Promise.all(
			Array.from({ length: WORKERS }, async (_, worker) => {
				mkdirSync(join(own.place.workspace, `w${worker}`));
				const client = await GateClient.connect(own.discovery, {
					agent: { name: "bytes" },
					session: { id: `${worker}` },
				});
				for (let round = 0; round * WORKERS + worker < cases.length; round++) {
					const next = cases[round * WORKERS + worker];
					if (next) await run(worker, round, client, next);
				}
				client.close();
			}),
		);
		const records = await journalOf(own.place);
		for (const type of ["REQUEST", "DECISION", "INTENT", "EXECUTED"]) {
			expect(records.filter((record) => record.type === type)).toHaveLength(1000);
		}
		expect((await countersign(own.place, ["verify"])).code).toBe(0);
		expect(own.stderr).toBe("");
		await own.kill();
		expect(performance.now() - from).toBeLessThan(60_000);
	});
});

/** Runs last. */
describe("after all of that", () => {
	test("nothing was queued, nothing touched; the earlier request can still be decided, and the log holds", async () => {
		await expectNothingQueued();
		expect(readFileSync(join(place.workspace, "a.txt"), "utf8")).toBe(TEXT);
		expect(readFileSync(join(outside, "x.txt"), "utf8")).toBe("x\n");
		expect(gate.stderr).toBe("");
		await gate.approve(earlier.id);
		expect((await socket.call("request/wait", { id: earlier.id })).result).toMatchObject({ outcome: "executed" });
		expect((await countersign(place, ["verify"])).code).toBe(0);
	});
});
