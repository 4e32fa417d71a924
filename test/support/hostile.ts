import type { Socket } from "node:net";
import { frame, head, type Listener, OPCODES, upgradeRequest } from "./rawSocket.ts";
import { pick } from "./seeded.ts";

/** What comes to a port that others can reach: names, heads, frames and servers that are not what they should be. */

const MIB = 1024 * 1024;

/** Every `Host` that is not the gate's own, as header lines: also none, and two. */
export const foreignHosts = (port: string): readonly (readonly string[])[] => [
	[`Host: evil.example:${port}`],
	["Host: 127.0.0.1"],
	["Host: localhost"],
	[`Host: 0.0.0.0:${port}`],
	[`Host: localhost.:${port}`],
	[`Host: 127.0.0.1.evil.example:${port}`],
	[`Host: evil.example/127.0.0.1:${port}`],
	[`Host: 127.0.0.1:${port}@evil.example`],
	[`Host: user@127.0.0.1:${port}`],
	[`Host: 2130706433:${port}`],
	[`Host: 0x7f000001:${port}`],
	[`Host: 127.1:${port}`],
	[`Host: [::ffff:127.0.0.1]:${port}`],
	[`Host: [::]:${port}`],
	[`Host: 127.0.0.1:0${port}`],
	[`Host: 127.0.0.1:${Number(port) + 1}`],
	["Host: [::1"],
	["Host: http://["],
	[`Host: ${"%".repeat(8000)}`],
	["Host:"],
	[],
	[`Host: 127.0.0.1:${port}`, `Host: 127.0.0.1:${port}`],
	[`Host: 127.0.0.1:${port}`, "Host: evil.example"],
	["Host: evil.example", `host: 127.0.0.1:${port}`],
	["X-Forwarded-Host: 127.0.0.1", "Host: evil.example"],
];

/** Heads of HTTP and of upgrades that no good client sends. The line stays open: it is the gate that must end it. */
export function malformedHeads(listener: Listener, token: string): readonly [what: string, bytes: string][] {
	const start = (...headers: string[]) => head("GET /nothing HTTP/1.1", [listener.host, token, ...headers]);
	const good = upgradeRequest(listener, [token]);
	return [
		["a header without a colon", start("nocolon")],
		["a space before the colon", start("X : y")],
		["a folded header", start("X: a", " b")],
		["a NUL", start("X: a\0b")],
		["an escape", start("X: \u001b[2J")],
		["a name of Unicode", start("Ünï: x")],
		["a line that ends in LF alone", `GET /nothing HTTP/1.1\n${listener.host}\n\n`],
		["2,000 headers", start(...Array.from({ length: 2000 }, (_, index) => `X-${index}: y`))],
		["2,000 headers of one letter", start(...Array.from({ length: 2000 }, () => "a:"))],
		["a header of 64 KiB", start(`X: ${"y".repeat(65_536)}`)],
		["a name of 64 KiB", start(`${"y".repeat(65_536)}: x`)],
		["an address of 64 KiB", head(`GET /${"y".repeat(65_536)} HTTP/1.1`, [listener.host, token])],
		["two lengths", start("Content-Length: 1", "Content-Length: 2")],
		["a length and chunks", start("Content-Length: 1", "Transfer-Encoding: chunked")],
		["a length that is negative", start("Content-Length: -1")],
		["a length that is no number", start("Content-Length: 0x10")],
		["an encoding that is not known", start("Transfer-Encoding: gzip")],
		["another version", "GET / HTTP/9.9\r\n\r\n"],
		["no HTTP", "hello\r\n\r\n"],
		["TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"],
		["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
		["an expectation that is not known", start("Expect: the-moon")],
		["a bad upgrade key", good.replace(/Sec-WebSocket-Key: .*/, "Sec-WebSocket-Key: x")],
		["no upgrade key", good.replace(/Sec-WebSocket-Key: .*\r\n/, "")],
		["a WebSocket of another version", good.replace("Version: 13", "Version: 12")],
		["an upgrade to something else", good.replace("Upgrade: websocket", "Upgrade: h2c")],
		["an upgrade by POST", good.replace("GET", "POST")],
		["a sub-protocol that is malformed", upgradeRequest(listener, [token, "Sec-WebSocket-Protocol: ,,"])],
		["an extension that is malformed", upgradeRequest(listener, [token, "Sec-WebSocket-Extensions: ;;"])],
		...["/", "/v1/", "/v2", "/v1?x=1", "/health", "*", "//v1", "http://evil.example/v1"].map(
			(path) => [`an upgrade at ${path}`, upgradeRequest(listener, [token], path)] as [string, string],
		),
	];
}

/** The right token and host, so that it comes as far as it can; then anything. Ends the line by itself. */
export function randomHead(listener: Listener, token: string, random: () => number): string {
	const bytes = (most: number) =>
		String.fromCharCode(...Array.from({ length: Math.floor(random() * most) }, () => Math.floor(random() * 256)));
	const name = () =>
		pick(random, [
			...["Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Cookie"],
			...["Content-Length", "Transfer-Encoding", "Expect", "Origin", "Host", "Content-Type", "Range", "X"],
			bytes(12),
		]);
	const value = () => pick(random, [bytes(40), bytes(4), "websocket", "Upgrade", "13", "chunked", "0", `${random()}`]);
	const lines = Array.from(
		{ length: 1 + Math.floor(random() * 6) },
		() => `${name()}${pick(random, [": ", ":", ""])}${value()}`,
	);
	const method = pick(random, ["GET", "GET", "PUT", "X", bytes(5)]);
	const path = pick(random, ["/v1/nothing", "/nothing", `/${bytes(20)}`, bytes(20)]);
	return `${head(`${method} ${path} HTTP/1.1`, [listener.host, token, "Connection: close", ...lines])}0\r\n\r\nx\r\n\r\n`;
}

export const answerOk = (body: string) =>
	`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
/** What another process may do that listens where the gate did. */
export const SQUATTERS: readonly [what: string, behave: (socket: Socket) => void][] = [
	["says that it is well, without a proof", (socket) => socket.write(answerOk('{"name":"countersign","ok":true}'))],
	["makes a proof up", (socket) => socket.write(answerOk(JSON.stringify({ ok: true, proof: "0".repeat(64) })))],
	["gives a proof that is no text", (socket) => socket.write(answerOk('{"ok":true,"proof":{"length":64}}'))],
	["answers with half of a JSON", (socket) => socket.write(answerOk('{"ok":true,"pro'))],
	["answers with null", (socket) => socket.write(answerOk("null"))],
	[
		"is a web server",
		(socket) => socket.write("HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n"),
	],
	[
		"asks for a password",
		(socket) => socket.write("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n"),
	],
	["speaks another language", (socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n")],
	[
		"switches protocols",
		(socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
	],
	["hangs up at once", (socket) => socket.destroy()],
	["stops in the middle", (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")],
	["never answers", () => undefined],
	["never stops answering", (socket) => void flood(socket)],
];

async function flood(socket: Socket): Promise<void> {
	socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	const chunk = `4000\r\n${" ".repeat(0x4000)}\r\n`;
	while (!socket.destroyed)
		if (!socket.write(chunk)) await new Promise((go) => socket.once("drain", go).once("close", go));
}

/** Frames after which a WebSocket cannot go on, and the code that it is closed with. */
export const BAD_FRAMES: readonly [what: string, bytes: Uint8Array, code: number][] = [
	["without a mask", frame("{}", { masked: false }), 1002],
	["that is not UTF-8", frame(Buffer.from([0x22, 0xc3, 0x28, 0x22])), 1007],
	[
		"that is not UTF-8, cut in two",
		Buffer.concat([
			frame(Buffer.from([0x22, 0xf0, 0x9f]), { fin: false }),
			frame(Buffer.from([0x98, 0x22]), { opcode: OPCODES.continuation }),
		]),
		1007,
	],
	["of an opcode that does not exist", frame("{}", { opcode: 3 }), 1002],
	["with a reserved bit", Buffer.concat([Buffer.from([0xc1]), frame("{}").subarray(1)]), 1002],
	["that continues nothing", frame("{}", { opcode: OPCODES.continuation }), 1002],
	["that begins anew inside of a message", Buffer.concat([frame("{", { fin: false }), frame("}")]), 1002],
	["a ping in fragments", frame("x", { opcode: OPCODES.ping, fin: false }), 1002],
	["a ping of 126 bytes", frame("x".repeat(126), { opcode: OPCODES.ping }), 1002],
	["a close with a code that is none", frame(Buffer.from([0x03, 0xe7]), { opcode: OPCODES.close }), 1002],
	["of 17 MiB", frame(Buffer.alloc(17 * MIB, 0x20)), 1009],
	[
		"of 17 MiB in fragments",
		Buffer.concat([
			frame(Buffer.alloc(9 * MIB, 0x20), { fin: false }),
			frame(Buffer.alloc(8 * MIB, 0x20), { opcode: OPCODES.continuation }),
		]),
		1009,
	],
	[
		"that says it is as large as numbers go",
		Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
		1009,
	],
	[
		"in fragments without end",
		Buffer.concat([
			frame("[", { fin: false }),
			...Array.from({ length: 20_000 }, () => frame("", { fin: false, opcode: OPCODES.continuation })),
		]),
		1008,
	],
];
