import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ModelProtocol } from "../adapters/agentCanary.ts";
import { startModelServer, type Turn } from "./modelServer.ts";

export interface ScriptedModel {
	readonly url: string;
	/** The bodies of the conversation's own requests, in order. */
	readonly requests: readonly unknown[];
	/** What the model was told of its calls, in their order. */
	toolResults(): string[];
	stop(): Promise<void>;
}

/** How one vendor's models are asked and answer. */
interface Protocol {
	/** Whether a request asks for the next turn; agents also ask for titles and the like. */
	isTurn(path: string, body: Body): boolean;
	answer(response: ServerResponse, turn: Turn, index: number, body: Body): void;
	results(body: Body): string[];
}

/** As much of three vendors' requests as is looked into here. */
interface Body {
	readonly model?: string;
	readonly stream?: boolean;
	readonly tools?: readonly unknown[];
	readonly input?: readonly { readonly type?: string; readonly output?: unknown }[];
	readonly contents?: readonly { readonly parts?: readonly { functionResponse?: { response?: unknown } }[] }[];
	readonly messages?: readonly { readonly role: string; readonly content?: string | readonly { text?: string }[] }[];
}

const event = (response: ServerResponse, data: object) => response.write(`data: ${JSON.stringify(data)}\n\n`);
const callsOf = (turn: Turn) => ("calls" in turn ? turn.calls : []);
const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** OpenAI's Responses, as Codex speaks it. A call whose input has only `input` is a free-form one. */
const responses: Protocol = {
	isTurn: (path) => path.endsWith("/responses"),
	answer(response, turn, index) {
		const send = (type: string, data: object) =>
			response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
		const id = `resp_${index}`;
		send("response.created", { response: { id } });
		for (const [at, { name, input }] of callsOf(turn).entries()) {
			const call_id = `call_${index}_${at}`;
			const isFreeForm = typeof input.input === "string" && Object.keys(input).length === 1;
			const item = isFreeForm
				? { type: "custom_tool_call", name, input: input.input, call_id }
				: { type: "function_call", name, arguments: JSON.stringify(input), call_id };
			send("response.output_item.done", { output_index: at, item });
		}
		if (turn.text) {
			const content = [{ type: "output_text", text: turn.text }];
			send("response.output_item.done", { item: { type: "message", role: "assistant", id: `msg_${index}`, content } });
		}
		const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
		send("response.completed", { response: { id, output: [], usage } });
		response.end();
	},
	results: ({ input = [] }) =>
		input.filter(({ type = "" }) => /call_output$/.test(type)).map(({ output }) => textOf(output)),
};

/** Gemini's generateContent. */
const gemini: Protocol = {
	isTurn: (path, body) => path.includes(":streamGenerateContent") && (body.tools ?? []).length > 0,
	answer(response, turn) {
		const parts = [
			...(turn.text ? [{ text: turn.text }] : []),
			...callsOf(turn).map(({ name, input }) => ({ functionCall: { name, args: input } })),
		];
		const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
		event(response, {
			candidates: [{ index: 0, content: { role: "model", parts }, finishReason: "STOP" }],
			usageMetadata,
		});
		response.end();
	},
	results: ({ contents = [] }) =>
		contents
			.flatMap(({ parts = [] }) => parts)
			.flatMap(({ functionResponse }) => (functionResponse ? [textOf(functionResponse.response)] : [])),
};

/** OpenAI's Chat Completions, which most others speak. */
const chat: Protocol = {
	isTurn: (path, body) => path.endsWith("/chat/completions") && (body.tools ?? []).length > 0,
	answer(response, turn, index, body) {
		const tool_calls = callsOf(turn).map(({ name, input }, at) => ({
			...{ index: at, id: `call_${index}_${at}`, type: "function" },
			function: { name, arguments: JSON.stringify(input) },
		}));
		const message = { role: "assistant", content: turn.text ?? "", ...(tool_calls.length > 0 ? { tool_calls } : {}) };
		const finish_reason = tool_calls.length > 0 ? "tool_calls" : "stop";
		const common = { id: `chat_${index}`, created: 1, model: body.model ?? "fake-model" };
		const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
		if (!body.stream) {
			const choices = [{ index: 0, message, finish_reason }];
			response.end(JSON.stringify({ ...common, object: "chat.completion", choices, usage }));
			return;
		}
		const chunk = (choice: object, more: object = {}) =>
			event(response, { ...common, object: "chat.completion.chunk", choices: [{ index: 0, ...choice }], ...more });
		chunk({ delta: message, finish_reason: null });
		chunk({ delta: {}, finish_reason }, { usage });
		response.end("data: [DONE]\n\n");
	},
	results: ({ messages = [] }) =>
		messages
			.filter(({ role }) => role === "tool")
			.map(({ content }) => (Array.isArray(content) ? content.map(({ text }) => text).join("") : textOf(content))),
};

const PROTOCOLS = { responses, gemini, chat } as const;
const afterTheScript: Turn = { text: "Done." };

/** A model that speaks a vendor's protocol and says what the script says, one turn per request. */
export async function startScriptedModel(protocol: ModelProtocol, script: readonly Turn[]): Promise<ScriptedModel> {
	if (protocol === "messages") {
		const model = await startModelServer(script);
		return { ...model, toolResults: () => model.toolResults().map(({ text }) => text) };
	}
	const { isTurn, answer, results } = PROTOCOLS[protocol];
	const requests: Body[] = [];
	const server = createServer(async (request, response) => {
		const sent: Buffer[] = [];
		for await (const chunk of request) sent.push(chunk as Buffer);
		const path = new URL(request.url ?? "/", "http://model").pathname;
		const text = Buffer.concat(sent).toString("utf8");
		const body: Body = text.startsWith("{") ? JSON.parse(text) : {};
		const asksForTurn = isTurn(path, body);
		const index = asksForTurn ? requests.push(body) - 1 : -1;
		const isStream = protocol !== "chat" || body.stream;
		response.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" });
		if (request.method === "POST") answer(response, script[index] ?? afterTheScript, index, body);
		else response.end("{}");
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		requests,
		toolResults: () => results(requests.at(-1) ?? {}),
		stop: () =>
			new Promise((done) => {
				server.close(() => done());
				server.closeAllConnections();
			}),
	};
}
