import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "../base/errors.ts";
import type { Gate } from "../core/gate.ts";
import { type HookAdapter, type HookAnswer, universalDeny } from "../core/hookAdapter.ts";
import type { BlobPort } from "../core/ports.ts";
import { httpSubmitSchema, LIMITS, MAX_HOOK_WAIT, methodSchemas } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { bodyChunks, readBody, requireJson } from "./body.ts";
import type { Guard } from "./guard.ts";
import { frame, type HookRoute } from "./hookRoute.ts";
import { toIdentity } from "./identity.ts";
import { parseBody } from "./parse.ts";
import { waitFor } from "./waitFor.ts";

export interface RouteContext {
	readonly gate: Gate;
	readonly guard: Guard;
	readonly blobs: BlobPort;
	readonly hooks: HookRoute;
	readonly adapters: readonly HookAdapter[];
	readonly health: () => { readonly ok: boolean; readonly detail?: string };
}

/** Hooks wait this long where the caller names no deadline: below the 600 s of Claude Code and Codex. Ms. */
const DEFAULT_HOOK_WAIT = 570_000;

/** The fixed set of routes. Nothing else is served: no file, no preflight, no redirect. */
export async function serveHttp(
	request: IncomingMessage,
	response: ServerResponse,
	context: RouteContext,
): Promise<void> {
	const url = addressOf(request);
	const path = url.pathname;
	if (request.method === "GET" && path === "/health") return health(url, response, context);
	await context.guard.checkToken(request);
	const gone = new AbortController();
	response.on("close", () => gone.abort());

	const hook = /^\/v1\/hooks\/([a-z-]{1,40})(?:\/([0-9a-f]{32}))?$/.exec(path);
	if (hook && (request.method === "POST" || (request.method === "GET" && hook[2]))) {
		return serveHook(
			request,
			response,
			context,
			{ agent: hook[1] ?? "", id: hook[2], query: url.searchParams },
			gone.signal,
		);
	}
	refuseQuery(url, request.method === "GET" ? ["waitMs"] : []);
	sendJson(response, 200, await serveRequest(request, path, url, context, gone.signal));
}

function addressOf({ url = "/" }: IncomingMessage): URL {
	try {
		return new URL(url, "http://gate");
	} catch {
		throw new Problem("bad_request", "The address is malformed.");
	}
}

async function serveRequest(
	request: IncomingMessage,
	path: string,
	url: URL,
	{ gate, blobs }: RouteContext,
	gone: AbortSignal,
): Promise<unknown> {
	const { method } = request;
	const blob = /^\/v1\/blobs\/([0-9a-f]{64})$/.exec(path)?.[1];
	if (method === "PUT" && blob) return putBlob(request, blob, blobs);
	const [, id, verb] = /^\/v1\/requests(?:\/([0-9a-f]{32})(?:\/(cancel|report))?)?$/.exec(path) ?? [];
	if (method === "GET" && id && !verb) return waitFor(gate, id, waitMsOf(url), gone);
	if (method === "POST" && path.startsWith("/v1/requests")) {
		requireJson(request);
		const body = await readBody(request, LIMITS.message, "A message");
		if (id && verb) return cancelOrReport(id, verb, body, gate);
		if (path === "/v1/requests") return submit(body, gate, gone);
	}
	throw new Problem("not_found", "There is nothing at this address. See docs/protocol.md for the routes.");
}

const cancelBody = methodSchemas["request/cancel"].omit({ id: true });
const reportBody = methodSchemas["request/report"].omit({ id: true });

function cancelOrReport(id: string, verb: string, body: Uint8Array, gate: Gate): Promise<unknown> {
	if (verb === "cancel") return gate.cancel(id, parseBody(cancelBody, body).reason);
	const { outcome, detail } = parseBody(reportBody, body);
	return gate.report(id, outcome, detail);
}

async function submit(body: Uint8Array, gate: Gate, gone: AbortSignal): Promise<unknown> {
	const { agent, session, waitMs, ...params } = parseBody(httpSubmitSchema, body);
	const submission = await gate.submit(toIdentity(agent, session), params);
	return submission.kind === "passed" ? submission.state : waitFor(gate, submission.request.id, waitMs, gone);
}

async function putBlob(request: IncomingMessage, name: string, blobs: BlobPort): Promise<unknown> {
	return blobs.take(name, bodyChunks(request, LIMITS.blob, "A blob"));
}

async function serveHook(
	request: IncomingMessage,
	response: ServerResponse,
	{ hooks, adapters }: RouteContext,
	{ agent, id, query }: { agent: string; id: string | undefined; query: URLSearchParams },
	gone: AbortSignal,
): Promise<void> {
	const adapter = adapters.find((candidate) => candidate.agent === agent);
	if (!adapter)
		throw new Problem(
			"not_found",
			`There is no adapter for ${agent}. There are: ${adapters.map((a) => a.agent).join(", ")}.`,
		);
	const framed = query.get("framed") === "1";
	const deadline = hookDeadline(query.get("wait"));
	const ticket = (waiting: string) => {
		if (framed) frame.ticket(response, waiting);
	};
	let answer: HookAnswer;
	try {
		if (id) answer = await hooks.resume(adapter, id, deadline, gone);
		else {
			requireJson(request);
			const body = await readBody(request, LIMITS.hook, "A hook payload");
			answer = await hooks.answer(adapter, body, deadline, { ticket }, gone);
		}
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		// Most agents take an HTTP error for "go on": say no in their own words.
		answer = universalDeny(error.message);
	}
	if (framed) {
		frame.answer(response, answer);
		return;
	}
	response.writeHead(200, { "Content-Type": "application/json" }).end(answer.stdout);
}

/** Seconds in the address, ms inside. */
function hookDeadline(text: string | null): number {
	if (text === null) return DEFAULT_HOOK_WAIT;
	if (!/^\d{1,7}$/.test(text) || Number(text) < 1 || Number(text) > MAX_HOOK_WAIT) {
		throw new Problem("bad_request", `wait is a number of seconds from 1 to ${MAX_HOOK_WAIT}.`);
	}
	return Number(text) * 1000;
}

/** Without a token, so that a client can first make sure whom it talks to. Says nothing about requests. */
function health(url: URL, response: ServerResponse, { guard, health }: RouteContext): void {
	const nonce = url.searchParams.get("nonce");
	if (nonce !== null && !/^[0-9a-f]{32,128}$/.test(nonce))
		throw new Problem("bad_request", "nonce is 32 to 128 hex digits.");
	const state = health();
	sendJson(response, state.ok ? 200 : 503, {
		name: "countersign",
		...state,
		...(nonce ? { proof: guard.prove(nonce) } : {}),
	});
}

function refuseQuery(url: URL, allowed: readonly string[]): void {
	const other = [...url.searchParams.keys()].find((name) => !allowed.includes(name));
	if (other !== undefined)
		throw new Problem("bad_request", `The address has a parameter that is not known: ${other.slice(0, 50)}.`);
}

function waitMsOf(url: URL): number | undefined {
	const text = url.searchParams.get("waitMs");
	if (text === null) return undefined;
	if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647)
		throw new Problem("bad_request", "waitMs is a number of milliseconds.");
	return Number(text);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
	if (response.headersSent || response.destroyed) {
		response.destroy();
		return;
	}
	const text = JSON.stringify(body);
	response
		.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) })
		.end(text);
}

export function sendProblem(response: ServerResponse, error: unknown): void {
	const problem = error instanceof Problem ? error : new Problem("internal", `The gate failed: ${messageOf(error)}`);
	if (!response.headersSent && problem.code !== "too_large") response.setHeader("Connection", "close");
	sendJson(response, problem.status, { error: { code: problem.code, message: problem.message } });
}
