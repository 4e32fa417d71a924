import type { WebSocket } from "ws";
import type { Json } from "../base/canonicalJson.ts";
import { messageOf } from "../base/errors.ts";
import type { Gate } from "../core/gate.ts";
import type { Identity } from "../core/request.ts";
import { LIMITS, type Method, methodSchemas, type Params } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { toIdentity } from "./identity.ts";
import { MESSAGE_TOO_LARGE, WS_LIMITS } from "./limits.ts";
import { parseText, parseWith } from "./parse.ts";
import { waitFor } from "./waitFor.ts";

export interface SessionContext {
	readonly gate: Gate;
	readonly gateInfo: { readonly name: string; readonly version: string };
	readonly workspace: { readonly id: string; readonly folders: readonly string[] };
}

/** JSON-RPC 2.0 error codes; a Problem is -32000 with its own code in `data`. */
const CODES = { invalidRequest: -32600, methodNotFound: -32601, problem: -32000 } as const;

/** One agent on one WebSocket. Losing it ends the waiting, never a request. */
export class RpcSession {
	private readonly socket: WebSocket;
	private readonly context: SessionContext;
	private readonly gone = new AbortController();
	private identity: Identity | undefined;
	private inFlight = 0;

	constructor(socket: WebSocket, context: SessionContext) {
		this.socket = socket;
		this.context = context;
		socket.on("message", (data, isBinary) => void this.receive(data as Buffer, isBinary));
		socket.on("close", () => this.gone.abort());
		socket.on("error", () => socket.terminate());
	}

	/** A text frame was checked to be UTF-8 by `ws`; a bad one closed the socket. */
	private async receive(data: Buffer, isBinary: boolean): Promise<void> {
		let id: string | number | null = null;
		try {
			if (isBinary) throw new Problem("bad_request", "Send text frames.");
			if (data.byteLength > LIMITS.message) {
				throw new Problem("too_large", MESSAGE_TOO_LARGE);
			}
			const message = asMessage(parseText(data.toString("utf8")));
			id = message.id;
			if (++this.inFlight > WS_LIMITS.maxInFlight)
				throw new Problem("too_many", `At most ${WS_LIMITS.maxInFlight} calls at once on one socket.`);
			this.send({ jsonrpc: "2.0", id, result: (await this.call(message.method, message.params)) as Json });
		} catch (error) {
			if (!this.gone.signal.aborted) this.send({ jsonrpc: "2.0", id, error: toRpcError(error) });
		} finally {
			if (id !== null) this.inFlight--;
		}
	}

	private async call(method: string, params: Json): Promise<unknown> {
		if (!Object.hasOwn(methodSchemas, method)) {
			throw new UnknownMethod(
				`There is no method ${JSON.stringify(method.slice(0, 100))}. Methods: ${Object.keys(methodSchemas).join(", ")}.`,
			);
		}
		const known = method as Method;
		const parsed = parseWith(methodSchemas[known], params);
		if (known === "initialize") return this.initialize(parsed as Params<"initialize">);
		if (!this.identity) throw new Problem("bad_request", "Call initialize first.");
		const { gate } = this.context;
		const signal = this.gone.signal;
		switch (known) {
			case "request/submit": {
				const { waitMs, ...request } = parsed as Params<"request/submit">;
				const submission = await gate.submit(this.identity, request);
				return submission.kind === "passed" ? submission.state : waitFor(gate, submission.request.id, waitMs, signal);
			}
			case "request/wait": {
				const { id, waitMs } = parsed as Params<"request/wait">;
				gate.requireOwn(id, this.identity);
				return waitFor(gate, id, waitMs, signal);
			}
			case "request/cancel": {
				const { id, reason } = parsed as Params<"request/cancel">;
				gate.requireOwn(id, this.identity);
				return gate.cancel(id, reason);
			}
			case "request/report": {
				const { id, outcome, detail } = parsed as Params<"request/report">;
				gate.requireOwn(id, this.identity);
				return gate.report(id, outcome, detail);
			}
		}
	}

	private initialize({ agent, session }: Params<"initialize">): unknown {
		if (this.identity) throw new Problem("bad_request", "This connection was initialized already.");
		this.identity = toIdentity(agent, session);
		return { protocolVersion: 1, gate: this.context.gateInfo, workspace: this.context.workspace };
	}

	private send(message: Json): void {
		if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(message));
	}
}

class UnknownMethod extends Error {}

function asMessage(value: Json): { id: string | number; method: string; params: Json } {
	const refuse = (why: string) => new Problem("bad_request", `Not a JSON-RPC 2.0 request: ${why}.`);
	if (Array.isArray(value)) throw refuse("batches are not accepted");
	if (value === null || typeof value !== "object") throw refuse("it is not an object");
	const { jsonrpc, id, method, params, ...rest } = value as { [key: string]: Json };
	if (Object.keys(rest).length > 0) throw refuse(`it has a field that is not known: ${Object.keys(rest)[0]}`);
	if (jsonrpc !== "2.0" || typeof method !== "string") throw refuse('it needs jsonrpc: "2.0" and a method');
	if (typeof id !== "string" && typeof id !== "number") throw refuse("it needs an id");
	return { id, method, params: params ?? {} };
}

function toRpcError(error: unknown): Json {
	if (error instanceof UnknownMethod) return { code: CODES.methodNotFound, message: error.message };
	if (!(error instanceof Problem)) return { code: -32603, message: `The gate failed: ${messageOf(error)}` };
	const notRpc = error.message.startsWith("Not a JSON-RPC");
	return {
		code: notRpc ? CODES.invalidRequest : CODES.problem,
		message: error.message,
		data: { code: error.code, status: error.status },
	};
}
