import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Turn =
	| { text: string }
	| { calls: { name: string; input: Record<string, unknown>; id?: string }[]; text?: string };

type ToolResult = { id: string; text: string; isError: boolean };

export interface ModelServer {
	readonly url: string;
	/** The bodies of the conversation's own requests, in order; the agent's side questions are not among them. */
	readonly requests: readonly unknown[];
	/** What the model was told of each tool call, in the order it learned of them; the agent may append reminders of its own. */
	toolResults(): ToolResult[];
	stop(): Promise<void>;
}

type NextTurn = (request: MessagesRequest) => Turn;
type Script = readonly Turn[] | ((request: unknown, index: number) => Turn);

interface Block {
	type: string;
	text?: string;
	id?: string;
	name?: string;
	input?: Record<string, unknown>;
	tool_use_id?: string;
	is_error?: boolean;
	content?: string | Block[];
}

interface MessagesRequest {
	model?: string;
	stream?: boolean;
	tools?: { input_schema?: unknown }[];
	messages?: { content: string | Block[] }[];
}

const afterTheScript: Turn = { text: "Done." };

/** A model that speaks the Anthropic Messages API and says what the script says, one turn per request. */
export async function startModelServer(script: Script): Promise<ModelServer> {
	const requests: MessagesRequest[] = [];

	function nextTurn(request: MessagesRequest): Turn {
		if (isSideQuestion(request)) return afterTheScript;
		const index = requests.push(request) - 1;
		if (typeof script === "function") return script(request, index);
		return script[index] ?? afterTheScript;
	}

	const server = createServer((request, response) => {
		// The agent may be killed in mid-request; that is the test's business, not an error of the model.
		answer(request, response, nextTurn).catch(() => response.destroy());
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;

	return {
		url: `http://127.0.0.1:${port}`,
		requests,
		toolResults: () => collectResults(requests),
		stop: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

/** Titles, topics and web searches are asked without tools that the agent runs itself; they must not use up a turn. */
function isSideQuestion(request: MessagesRequest): boolean {
	return !request.tools?.some((tool) => tool.input_schema !== undefined);
}

async function answer(request: IncomingMessage, response: ServerResponse, nextTurn: NextTurn): Promise<void> {
	const sent: Buffer[] = [];
	for await (const chunk of request) sent.push(chunk as Buffer);
	const path = new URL(request.url ?? "/", "http://model").pathname;
	if (path === "/v1/messages/count_tokens") return sendJson(response, 200, { input_tokens: 1 });
	if (request.method !== "POST" || path !== "/v1/messages") return sendJson(response, 200, {});
	try {
		const body = JSON.parse(Buffer.concat(sent).toString("utf8")) as MessagesRequest;
		sendMessage(response, body, nextTurn(body));
	} catch (error) {
		// 400 is not tried again, and the agent prints the text: a mistake in a script is seen at once.
		sendJson(response, 400, { type: "error", error: { type: "invalid_request_error", message: String(error) } });
	}
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function sendMessage(response: ServerResponse, request: MessagesRequest, turn: Turn): void {
	const message = {
		...{ id: `msg_${randomUUID()}`, type: "message", role: "assistant", model: request.model },
		content: blocksOf(turn),
		...{ stop_reason: "calls" in turn ? "tool_use" : "end_turn", stop_sequence: null },
		usage: { input_tokens: 1, output_tokens: 1 },
	};
	if (request.stream) sendStream(response, message);
	else sendJson(response, 200, message);
}

function sendStream(response: ServerResponse, message: { content: Block[]; stop_reason: string }): void {
	const emit = (type: string, data: object) =>
		response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
	response.writeHead(200, { "content-type": "text/event-stream" });
	emit("message_start", { message: { ...message, content: [], stop_reason: null } });
	for (const [index, block] of message.content.entries()) {
		const { text, input } = block;
		emit("content_block_start", { index, content_block: { ...block, ...(input ? { input: {} } : { text: "" }) } });
		const delta = input
			? { type: "input_json_delta", partial_json: JSON.stringify(input) }
			: { type: "text_delta", text };
		emit("content_block_delta", { index, delta });
		emit("content_block_stop", { index });
	}
	emit("message_delta", { delta: { stop_reason: message.stop_reason }, usage: { output_tokens: 1 } });
	emit("message_stop", {});
	response.end();
}

function blocksOf(turn: Turn): Block[] {
	const calls = "calls" in turn ? turn.calls : [];
	return [
		...(turn.text ? [{ type: "text", text: turn.text }] : []),
		...calls.map(({ name, input, id = `toolu_${randomUUID()}` }) => ({ type: "tool_use", id, name, input })),
	];
}

/** Every request repeats the whole conversation, so each result is seen many times. */
function collectResults(requests: readonly MessagesRequest[]): ToolResult[] {
	const results = new Map<string, ToolResult>();
	for (const block of requests.flatMap(({ messages = [] }) => messages.flatMap(({ content }) => blocksIn(content)))) {
		const id = block.tool_use_id;
		if (block.type !== "tool_result" || id === undefined || results.has(id)) continue;
		const text = blocksIn(block.content).map((part) => part.text ?? `[${part.type}]`);
		results.set(id, { id, text: text.join("\n"), isError: block.is_error ?? false });
	}
	return [...results.values()];
}

function blocksIn(content: string | Block[] = []): Block[] {
	return typeof content === "string" ? [{ type: "text", text: content }] : content;
}
