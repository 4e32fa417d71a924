import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { Discovery } from "../../src/protocol/messages.ts";
import type { GateProcess } from "./gateProcess.ts";

/** A client that can be as rude as a test needs: bytes on a socket, and what comes back. */

export interface Listener {
	readonly name: "tcp" | "unix";
	readonly connect: (options?: { allowHalfOpen: boolean }) => Socket;
	/** The one `Host` line that the gate takes there. */
	readonly host: string;
}

export function listenersOf(discovery: Discovery): { tcp: Listener; unix: Listener } {
	const port = Number(new URL(discovery.url ?? "").port);
	return {
		tcp: {
			name: "tcp",
			connect: (options) => connect({ ...options, port, host: "127.0.0.1" }),
			host: `Host: 127.0.0.1:${port}`,
		},
		unix: { name: "unix", connect: (options) => connect({ ...options, path: discovery.socket }), host: "Host: gate" },
	};
}

export const bearer = (gate: GateProcess) => `Authorization: Bearer ${gate.discovery.token}`;

export interface Answer {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: ReadonlyMap<string, string>;
	readonly body: string;
	/** `error.message` of the body, "" when it has none. */
	readonly message: string;
}

/** Two lines of headers and an empty one: the start of an HTTP message. */
export const head = (line: string, headers: readonly string[]) => [line, ...headers, "", ""].join("\r\n");

/** A whole request with `Connection: close`, its length counted when there is a body. */
export function httpRequest(
	listener: Listener,
	line: string,
	headers: readonly string[],
	body?: string | Uint8Array,
): Uint8Array {
	const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
	const start = head(`${line} HTTP/1.1`, [listener.host, "Connection: close", ...headers, ...length]);
	return Buffer.concat([Buffer.from(start, "latin1"), Buffer.from(body ?? "")]);
}

/** The start of a WebSocket. `path`: where it asks for it. */
export function upgradeRequest(listener: Listener, headers: readonly string[], path = "/v1"): string {
	return head(`GET ${path} HTTP/1.1`, [
		listener.host,
		"Connection: Upgrade",
		"Upgrade: websocket",
		"Sec-WebSocket-Version: 13",
		`Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
		...headers,
	]);
}

/**
 * Sends the pieces one after the other and reads one whole answer, or an upgrade. Null: closed without an answer.
 * Rejects after `ms`: an endpoint that hangs is a failure.
 */
export function exchange(
	listener: Listener,
	pieces: string | Uint8Array | Iterable<string | Uint8Array>,
	ms = 20_000,
): Promise<Answer | null> {
	return new Promise((resolve, reject) => {
		const socket = listener.connect();
		const chunks: Buffer[] = [];
		const timer = setTimeout(() => {
			reject(new Error(`no end after ${ms} ms; so far: ${Buffer.concat(chunks).toString("latin1").slice(0, 500)}`));
			socket.destroy();
		}, ms);
		const finish = () => {
			clearTimeout(timer);
			socket.destroy();
			resolve(parseAnswer(Buffer.concat(chunks)));
		};
		socket.on("data", (chunk) => {
			chunks.push(chunk);
			if (isWhole(Buffer.concat(chunks).toString("latin1"))) finish();
		});
		// A peer that answers and closes while we still write resets the connection: what it said is in `chunks`.
		socket.on("error", () => undefined);
		socket.on("close", finish);
		void send(socket, typeof pieces === "string" || pieces instanceof Uint8Array ? [pieces] : pieces);
	});
}

async function send(socket: Socket, pieces: Iterable<string | Uint8Array>): Promise<void> {
	const closed = new Promise<void>((done) => socket.once("close", done));
	for (const piece of pieces) {
		if (socket.destroyed) return;
		const bytes = typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
		if (!socket.write(bytes)) await Promise.race([closed, new Promise((go) => socket.once("drain", go))]);
	}
}

// An interim 100 Continue is not the answer.
const ANSWER = /^(?:HTTP\/1\.1 100 [\s\S]*?\r\n\r\n)?HTTP\/1\.1 (\d{3}) [^\r]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/;

/** `text`: one character a byte. */
function isWhole(text: string): boolean {
	const [, status, fields = "", body = ""] = ANSWER.exec(text) ?? [];
	if (status === undefined) return false;
	if (status === "101") return true;
	if (/transfer-encoding: chunked/i.test(fields)) return body.endsWith("0\r\n\r\n");
	const length = /content-length: (\d+)/i.exec(fields)?.[1];
	return length !== undefined && body.length >= Number(length);
}

function parseAnswer(bytes: Buffer): Answer | null {
	const [, status, fields = "", body = ""] = ANSWER.exec(bytes.toString("utf8")) ?? [];
	if (status === undefined) return null;
	const headers = new Map(
		fields.split("\r\n").map((field) => {
			const colon = field.indexOf(":");
			return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
		}),
	);
	return { status: Number(status), headers, body, message: messageIn(body) };
}

function messageIn(body: string): string {
	try {
		return (JSON.parse(body) as { error?: { message?: string } }).error?.message ?? "";
	} catch {
		return "";
	}
}

export interface RpcAnswer {
	readonly id: string | number | null;
	readonly result?: { readonly [key: string]: unknown };
	readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code: string } };
}

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
	readonly opcode?: number;
	/** False: more fragments follow. */
	readonly fin?: boolean;
	readonly masked?: boolean;
}

export function frame(payload: string | Uint8Array, options: FrameOptions = {}): Buffer {
	const { opcode = OPCODES.text, fin = true, masked = true } = options;
	const bytes = Buffer.from(payload);
	const long = bytes.length > 65_535;
	const start = Buffer.alloc(2 + (long ? 8 : bytes.length > 125 ? 2 : 0));
	start[0] = (fin ? 0x80 : 0) | opcode;
	start[1] = (masked ? 0x80 : 0) | (long ? 127 : bytes.length > 125 ? 126 : bytes.length);
	if (long) start.writeBigUInt64BE(BigInt(bytes.length), 2);
	else if (bytes.length > 125) start.writeUInt16BE(bytes.length, 2);
	if (!masked) return Buffer.concat([start, bytes]);
	// A mask of zeros is a mask: the payload stays as it is.
	return Buffer.concat([start, Buffer.alloc(4), bytes]);
}

/** A WebSocket of which every byte can be chosen. */
export class RawWebSocket {
	readonly socket: Socket;
	/** The close code of the other end; null when it just went away. */
	readonly closed: Promise<number | null>;
	private readonly texts: string[] = [];
	private readonly watchers: (() => void)[] = [];
	private closeCode: number | null = null;
	private isClosed = false;
	private rest: Buffer;
	private nextId = 1;

	private constructor(socket: Socket, rest: Buffer) {
		this.socket = socket;
		this.rest = rest;
		socket.on("data", (chunk) => this.receive(chunk));
		this.closed = new Promise((resolve) => {
			socket.on("close", () => {
				this.isClosed = true;
				this.wake();
				resolve(this.closeCode);
			});
		});
		this.receive(Buffer.alloc(0));
	}

	/** @throws Error when the gate does not upgrade */
	static open(listener: Listener, authorization: string): Promise<RawWebSocket> {
		return new Promise((resolve, reject) => {
			const socket = listener.connect();
			let seen = Buffer.alloc(0);
			const refused = () => reject(new Error(`not upgraded: ${seen.toString("latin1")}`));
			const onData = (chunk: Buffer) => {
				seen = Buffer.concat([seen, chunk]);
				const end = seen.indexOf("\r\n\r\n");
				if (end < 0) return;
				socket.off("data", onData).off("close", refused);
				if (!seen.toString("latin1").startsWith("HTTP/1.1 101 ")) refused();
				else resolve(new RawWebSocket(socket, seen.subarray(end + 4)));
			};
			socket.on("data", onData).on("close", refused);
			socket.on("error", () => undefined);
			socket.write(upgradeRequest(listener, [authorization]));
		});
	}

	/** Opened and introduced. */
	static async agent(listener: Listener, authorization: string, session = "s"): Promise<RawWebSocket> {
		const socket = await RawWebSocket.open(listener, authorization);
		const { error } = await socket.call("initialize", {
			protocolVersion: 1,
			agent: { name: "raw" },
			session: { id: session },
		});
		if (error) throw new Error(error.message);
		return socket;
	}

	write(bytes: Uint8Array): void {
		this.socket.write(bytes);
	}

	/** What comes back for this id, or for a message that the gate could give no id. */
	async call(method: string, params: unknown): Promise<RpcAnswer> {
		const id = this.nextId++;
		this.write(frame(JSON.stringify({ jsonrpc: "2.0", id, method, params })));
		return this.answer((message) => message.id === id);
	}

	/** Sends a text as it is and reads the next answer. */
	async say(text: string): Promise<RpcAnswer> {
		this.write(frame(text));
		return this.answer(() => true);
	}

	async answer(matches: (message: RpcAnswer) => boolean, ms = 20_000): Promise<RpcAnswer> {
		const until = Date.now() + ms;
		for (;;) {
			const index = this.texts.findIndex((text) => matches(JSON.parse(text) as RpcAnswer));
			if (index >= 0) return JSON.parse(this.texts.splice(index, 1)[0] ?? "") as RpcAnswer;
			if (this.isClosed) throw new Error(`closed (${this.closeCode})`);
			if (Date.now() > until) throw new Error(`no answer after ${ms} ms`);
			await this.change();
		}
	}

	destroy(): void {
		this.socket.destroy();
	}

	private change(): Promise<void> {
		return new Promise((wake) => {
			this.watchers.push(wake);
			setTimeout(wake, 200);
		});
	}

	private receive(chunk: Buffer): void {
		this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
		for (let size = this.take(); size > 0; size = this.take()) this.rest = this.rest.subarray(size);
		this.wake();
	}

	/** Reads one whole frame and gives its size; 0: not all there yet. */
	private take(): number {
		const [start, length] = extentOf(this.rest);
		if (this.rest.length < start + length) return 0;
		const payload = this.rest.subarray(start, start + length);
		const opcode = (this.rest[0] ?? 0) & 0x0f;
		if (opcode === OPCODES.text) this.texts.push(payload.toString("utf8"));
		if (opcode === OPCODES.ping) this.write(frame(payload, { opcode: OPCODES.pong }));
		if (opcode === OPCODES.close) {
			this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
			this.socket.end();
		}
		return start + length;
	}

	private wake(): void {
		for (const watcher of this.watchers.splice(0)) watcher();
	}
}

/** Where the payload of a server's frame (never masked, never in fragments) starts, and its length. */
function extentOf(bytes: Buffer): [start: number, length: number] {
	const short = bytes.length < 2 ? 0 : bytes.readUInt8(1) & 0x7f;
	if (short < 126) return [2, short];
	if (short === 126) return [4, bytes.length < 4 ? 0 : bytes.readUInt16BE(2)];
	return [10, bytes.length < 10 ? 0 : Number(bytes.readBigUInt64BE(2))];
}
