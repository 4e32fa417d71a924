import { randomBytes } from "node:crypto";
import { lstatSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect as netConnect } from "node:net";
import { dirname } from "node:path";
import { WebSocket } from "ws";
import type { Json } from "../base/canonicalJson.ts";
import { type Deferred, deferred } from "../base/deferred.ts";
import { sha256 } from "../base/hash.ts";
import { isSameText } from "../base/sameText.ts";
import { type Discovery, LIMITS, type Method, type Params } from "../protocol/messages.ts";
import { PROBLEMS, Problem, type ProblemCode } from "../protocol/problem.ts";
import { proof } from "./guard.ts";
import { MESSAGE_TOO_LARGE, UNPROVEN_LIMITS } from "./limits.ts";

/** The connection ended; what was asked for is kept by the gate and can be resumed by its key. */
export class ConnectionLost extends Error {}

/** The other end of the endpoint: an agent of our own. Nothing is sent before the gate has proved to be the gate. */
export class GateClient {
	private readonly discovery: Discovery;
	private readonly socket: WebSocket;
	private readonly calls = new Map<number, Deferred<unknown>>();
	private nextId = 1;

	private constructor(discovery: Discovery, socket: WebSocket) {
		this.discovery = discovery;
		this.socket = socket;
		socket.on("message", (data) => this.receive(String(data)));
		socket.on("close", () => this.lost());
		socket.on("error", () => this.lost());
	}

	/** @throws ConnectionLost when nobody, or somebody else, answers */
	static async connect(
		discovery: Discovery,
		identity: Omit<Params<"initialize">, "protocolVersion">,
	): Promise<GateClient> {
		await prove(discovery);
		const headers = { Authorization: `Bearer ${discovery.token}` };
		const socket = new WebSocket("ws://localhost/v1", {
			headers,
			createConnection: () => netConnect(ownSocket(discovery)) as never,
		});
		const opened = deferred<void>();
		socket.once("open", () => opened.resolve());
		socket.once("error", (error) =>
			opened.reject(new ConnectionLost(`The gate did not take the connection: ${error.message}`)),
		);
		await opened.promise;
		const client = new GateClient(discovery, socket);
		await client.call("initialize", { protocolVersion: 1, ...identity });
		return client;
	}

	/** @throws Problem as the gate says it, ConnectionLost */
	call<M extends Method>(method: M, params: Params<M>): Promise<unknown> {
		const id = this.nextId++;
		const call = deferred<unknown>();
		if (this.socket.readyState !== WebSocket.OPEN) return Promise.reject(new ConnectionLost("The gate is gone."));
		const message = JSON.stringify({ jsonrpc: "2.0", id, method, params });
		// The gate could only refuse it without an id, or hang up.
		if (Buffer.byteLength(message) > LIMITS.message) return Promise.reject(new Problem("too_large", MESSAGE_TOO_LARGE));
		this.calls.set(id, call);
		this.socket.send(message);
		return call.promise;
	}

	/** Content that is too large for a message. Resolves with its SHA-256, to be named as `{blob}`. */
	async putBlob(bytes: Uint8Array): Promise<string> {
		if (bytes.byteLength > LIMITS.blob) throw new Problem("too_large", "A blob has at most 128 MiB.");
		const name = sha256(bytes);
		await exchange(this.discovery, "PUT", `/v1/blobs/${name}`, bytes);
		return name;
	}

	close(): void {
		this.socket.close();
	}

	private receive(text: string): void {
		const { id, result, error } = JSON.parse(text) as {
			id: number | null;
			result?: Json;
			error?: { message: string; data?: { code?: string } };
		};
		const call = id === null ? undefined : this.calls.get(id);
		if (id === null || !call) return;
		this.calls.delete(id);
		if (error) call.reject(new Problem(codeOf(error.data?.code), error.message));
		else call.resolve(result);
	}

	private lost(): void {
		for (const call of this.calls.values())
			call.reject(new ConnectionLost("The gate went away. The request is kept; ask again with the same key."));
		this.calls.clear();
	}
}

const codeOf = (code: string | undefined): ProblemCode =>
	code !== undefined && code in PROBLEMS ? (code as ProblemCode) : "internal";

/** The Unix socket when its folder is ours; a squatter could make one of the same name elsewhere. */
function ownSocket(discovery: Discovery): string {
	if (process.platform === "win32") return discovery.socket;
	const folder = lstatSync(dirname(discovery.socket), { throwIfNoEntry: false });
	if (!folder) throw new ConnectionLost(`The gate cannot be reached: there is no ${discovery.socket}.`);
	if (folder.uid !== process.getuid?.())
		throw new ConnectionLost(`The folder of ${discovery.socket} belongs to somebody else.`);
	return discovery.socket;
}

/** The gate knows the token; whoever took over its address does not. */
async function prove(discovery: Discovery): Promise<void> {
	const nonce = randomBytes(32).toString("hex");
	const answer = (await exchange(discovery, "GET", `/health?nonce=${nonce}`)) as { proof?: string };
	if (!isSameText(answer.proof ?? "", proof(discovery.token, nonce))) {
		throw new ConnectionLost("What answers at the gate's address is not the gate. Nothing was sent to it.");
	}
}

function exchange(discovery: Discovery, method: string, path: string, body?: Uint8Array): Promise<unknown> {
	const done = deferred<unknown>();
	const headers =
		method === "GET" ? {} : { Authorization: `Bearer ${discovery.token}`, "Content-Length": body?.byteLength ?? 0 };
	const request = httpRequest({ method, path, headers, socketPath: ownSocket(discovery), agent: false }, (response) => {
		const chunks: Buffer[] = [];
		let size = 0;
		response.on("data", (chunk: Buffer) => {
			chunks.push(chunk);
			size += chunk.byteLength;
			if (size > UNPROVEN_LIMITS.answer) request.destroy(new Error("it does not stop answering"));
		});
		const cut = () => done.reject(new ConnectionLost("The gate's answer was cut off."));
		response.on("error", cut).on("close", cut);
		response.on("end", () => {
			try {
				const parsed = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
					error?: { code: string; message: string };
				};
				if (parsed.error) done.reject(new Problem(codeOf(parsed.error.code), parsed.error.message));
				else done.resolve(parsed);
			} catch {
				done.reject(new ConnectionLost("The gate's answer was not understood."));
			}
		});
	});
	// A blob may take its time to be synced; by then the gate has proved to be the gate.
	if (method === "GET")
		request.setTimeout(UNPROVEN_LIMITS.timeout, () => request.destroy(new Error("it does not answer")));
	request.on("close", () => done.reject(new ConnectionLost("The gate hung up.")));
	request.on("error", (error) => done.reject(new ConnectionLost(`The gate cannot be reached: ${error.message}`)));
	request.end(body);
	return done.promise;
}
