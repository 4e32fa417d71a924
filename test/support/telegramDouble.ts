import type { IncomingMessage, ServerResponse } from "node:http";
import { ServiceDouble } from "./serviceDouble.ts";

export const TOKEN = "4242:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr";
/** Who is on the list, in a private chat: its id is the person's. */
export const OWNER = 777;
const BOT = { id: 4242, is_bot: true, first_name: "Gate", username: "gate_bot" };

interface Entity {
	readonly type: string;
	readonly offset: number;
	readonly length: number;
}

export interface Shown {
	readonly chat: number;
	readonly id: number;
	text: string;
	entities: readonly Entity[];
	buttons: readonly { readonly text: string; readonly callback_data: string }[];
	readonly silent: boolean;
}

export interface Call {
	readonly method: string;
	readonly body: Record<string, unknown>;
	/** The bytes as they came. */
	readonly raw: string;
}

interface Fault {
	readonly method: string | undefined;
	readonly code: number;
	times: number;
	readonly more: object;
}

class Refusal extends Error {
	readonly code: number;
	readonly more: object;

	constructor(code: number, description: string, more: object = {}) {
		super(description);
		this.code = code;
		this.more = more;
	}
}

/**
 * A Bot API server of our own, as far as a bot of ours needs one. It keeps every byte that came, refuses what the real one
 * refuses, and lets a person press and write.
 */
export class TelegramDouble extends ServiceDouble<Call, Shown, Fault> {
	private readonly queue: { update_id: number }[] = [];
	private readonly open = new Set<string>();
	private latest: { update_id: number } | undefined;
	private nextUpdate = 1000;
	private nextMessage = 1;
	private nextQuery = 1;
	private poll: ((updates: object[] | Refusal) => void) | undefined;
	static async start(): Promise<TelegramDouble> {
		const double = new TelegramDouble();
		await double.listen();
		return double;
	}

	get url(): string {
		return this.origin;
	}

	/** What stands in channels.yaml for this server. */
	settings(more = "", users = `[${OWNER}]`): string {
		return `telegram:\n  token: "${TOKEN}"\n  users: ${users}\n  api_root: ${this.url}\n${more}`;
	}

	/** The next calls of a method, or of any, are answered so. */
	fail(
		code: number,
		{ method, times = 1, ...more }: { method?: string; times?: number; retry_after?: number } = {},
	): void {
		this.faults.push({ method, code, times, more: "retry_after" in more ? { parameters: more } : {} });
		if (method === undefined || method === "getUpdates") this.wakePoll();
	}

	override cut(): void {
		super.cut();
		this.poll = undefined;
	}

	/** A person presses: what they are told. `more` overrides what the server would vouch for. */
	async press(shown: Shown, label: string, more: Press = {}): Promise<string> {
		const before = this.answers.length;
		const id = this.tap(shown, label, more);
		await this.until(() => this.answers.length > before && this.isAnswered(id));
		return this.answers.at(-1) ?? "";
	}

	isAnswered(query: string): boolean {
		return this.called("answerCallbackQuery").some(({ body }) => body.callback_query_id === query);
	}

	/** A person presses, and does not wait. */
	tap(shown: Shown, label: string, more: Press = {}): string {
		const data = more.data ?? shown.buttons.find(({ text }) => text === label)?.callback_data;
		if (data === undefined) throw new Error(`no button ${label}\n${this.transcript()}`);
		const id = `q${this.nextQuery++}`;
		const chat = more.chat ?? shown.chat;
		this.push(
			{
				callback_query: {
					id,
					from: {
						id: more.from ?? OWNER,
						is_bot: more.isBot ?? false,
						first_name: "P",
						username: more.name ?? "zhaocaiwen",
					},
					chat_instance: "1",
					data,
					message: { ...wire({ ...shown, chat }), ...more.message },
				},
			},
			more.twice,
		);
		this.open.add(id);
		return id;
	}

	/** A person writes, in answer to a message or to none. */
	write(
		text: string,
		more: { to?: Shown; from?: number; chat?: number; message?: object; twice?: boolean } = {},
	): void {
		const from = more.from ?? OWNER;
		this.push(
			{
				message: {
					message_id: this.nextMessage++,
					date: 1,
					chat: chatOf(more.chat ?? from),
					from: { id: from, is_bot: false, first_name: "P", username: from === OWNER ? "zhaocaiwen" : "other" },
					text,
					...(more.to ? { reply_to_message: wire(more.to) } : {}),
					...more.message,
				},
			},
			more.twice,
		);
	}

	push(update: object, twice = false): { update_id: number } {
		const pushed = { update_id: this.nextUpdate++, ...update };
		this.latest = pushed;
		this.queue.push(pushed, ...(twice ? [pushed] : []));
		this.wakePoll();
		return pushed;
	}

	/** What was sent once is sent again, as after an end that nobody confirmed. */
	repeat(): void {
		if (this.latest) this.queue.push(this.latest);
		this.wakePoll();
	}

	/** Everything that was pushed was heard and confirmed. */
	async heard(): Promise<void> {
		await this.until(() => this.isHeard());
	}

	isHeard(): boolean {
		const last = this.latest?.update_id ?? 0;
		return this.called("getUpdates").some(({ body }) => Number(body.offset) > last);
	}

	/** What Telegram would make a link, a mention, a hashtag or a command of by itself. */
	links(): string[] {
		return this.calls.flatMap(({ body: { text, entities } }) => {
			if (typeof text !== "string") return [];
			let plain = text;
			for (const { offset, length } of (entities ?? []) as Entity[]) {
				plain = plain.slice(0, offset) + " ".repeat(length) + plain.slice(offset + length);
			}
			return plain.match(LINKS) ?? [];
		});
	}

	protected idOf({ id }: Shown): string {
		return String(id);
	}

	protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		let raw = "";
		for await (const chunk of request) raw += chunk;
		const [, token = "", method = ""] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? "") ?? [];
		const call = {
			method,
			raw: `${request.url} ${raw}`,
			body: (raw === "" ? {} : JSON.parse(raw)) as Record<string, unknown>,
		};
		let status = 200;
		let answer: object;
		try {
			if (token !== TOKEN) throw new Refusal(401, "Unauthorized");
			this.calls.push(call);
			await this.before(call);
			this.failIfTold(method);
			answer = { ok: true, result: await this.carryOut(call) };
			this.after(call);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			status = error.code;
			answer = { ok: false, error_code: error.code, description: error.message, ...error.more };
		}
		this.wake();
		if (!response.destroyed)
			response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
	}

	private failIfTold(method: string): void {
		const fault = this.faultOf(method);
		if (fault) throw new Refusal(fault.code, DESCRIPTIONS[fault.code] ?? "Internal Server Error", fault.more);
	}

	private carryOut({ method, body }: Call): unknown {
		switch (method) {
			case "getMe":
				return BOT;
			case "deleteWebhook":
				return true;
			case "getUpdates":
				return this.getUpdates(body as { offset?: number; timeout?: number; limit?: number });
			case "sendMessage":
				return this.send(body);
			case "editMessageText":
			case "editMessageReplyMarkup":
				return this.edit(method, body);
			case "answerCallbackQuery": {
				if (!this.open.delete(String(body.callback_query_id)))
					throw new Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid");
				if (String(body.text ?? "").length > 200) throw new Refusal(400, "Bad Request: MESSAGE_TOO_LONG");
				this.answers.push(String(body.text ?? ""));
				return true;
			}
			default:
				throw new Refusal(404, "Not Found: method not found");
		}
	}

	private async getUpdates({
		offset = 0,
		timeout = 0,
		limit = 100,
	}: {
		offset?: number;
		timeout?: number;
		limit?: number;
	}): Promise<object[]> {
		this.poll?.(
			new Refusal(
				409,
				"Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
			),
		);
		this.poll = undefined;
		while (this.queue[0] && this.queue[0].update_id < offset) this.queue.shift();
		if (this.queue.length > 0 || timeout === 0) return this.queue.slice(0, limit);
		const result = await new Promise<object[] | Refusal>((done) => {
			this.poll = done;
			setTimeout(() => {
				if (this.poll === done) this.poll = undefined;
				done([]);
			}, timeout * 1000).unref();
		});
		if (result instanceof Refusal) throw result;
		this.failIfTold("getUpdates");
		return this.queue.slice(0, limit);
	}

	private wakePoll(): void {
		const poll = this.poll;
		this.poll = undefined;
		poll?.([]);
	}

	private send(body: Record<string, unknown>): object {
		const chat = Number(body.chat_id);
		if (!Number.isInteger(chat)) throw new Refusal(400, "Bad Request: chat not found");
		const shown: Shown = {
			chat,
			id: this.nextMessage++,
			silent: body.disable_notification === true,
			...contentOf(body),
		};
		this.messages.push(shown);
		return wire(shown);
	}

	private edit(method: string, body: Record<string, unknown>): object {
		const shown = this.messages.find(({ chat, id }) => chat === Number(body.chat_id) && id === Number(body.message_id));
		if (!shown) throw new Refusal(400, "Bad Request: message to edit not found");
		const next =
			method === "editMessageText"
				? contentOf(body)
				: { ...contentOf({ ...body, text: shown.text }), entities: shown.entities };
		const same =
			JSON.stringify([next.text, next.entities, next.buttons]) ===
			JSON.stringify([shown.text, shown.entities, shown.buttons]);
		if (same)
			throw new Refusal(
				400,
				"Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
			);
		Object.assign(shown, next);
		return wire(shown);
	}
}

export interface Press {
	readonly from?: number;
	readonly name?: string;
	readonly isBot?: boolean;
	readonly chat?: number;
	readonly data?: string;
	/** Over the message that the button is on. */
	readonly message?: object;
	/** The server sends the update two times. */
	readonly twice?: boolean;
}

const LINKS = /https?:\/\/\S+|\b[\w-]+\.[a-z]{2,}\b|@\w{3,}|(?<=^|\s)\/\w+|#[A-Za-z_]\w*/g;
const DESCRIPTIONS: Readonly<Record<number, string>> = {
	401: "Unauthorized",
	403: "Forbidden: bot was blocked by the user",
	409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
	429: "Too Many Requests: retry later",
};

const chatOf = (id: number) =>
	id < 0 ? { id, type: "supergroup", title: "G" } : { id, type: "private", first_name: "P" };

const wire = ({ chat, id, text }: Shown) => ({ message_id: id, date: 1, chat: chatOf(chat), from: BOT, text });

/** What the real server refuses, is refused. */
function contentOf({
	text,
	entities,
	reply_markup,
}: Record<string, unknown>): Pick<Shown, "text" | "entities" | "buttons"> {
	if (typeof text !== "string" || text.trim() === "") throw new Refusal(400, "Bad Request: message text is empty");
	if (text.length > 4096) throw new Refusal(400, "Bad Request: message is too long");
	const list = (entities ?? []) as Entity[];
	if (list.length > 100) throw new Refusal(400, "Bad Request: too many entities");
	for (const { offset, length } of list) {
		if (offset < 0 || length <= 0 || offset + length > text.length)
			throw new Refusal(400, "Bad Request: ENTITY_BOUNDS_INVALID");
	}
	const keyboard =
		(reply_markup as { inline_keyboard?: { text: string; callback_data: string }[][] } | undefined)?.inline_keyboard ??
		[];
	for (const { callback_data } of keyboard.flat()) {
		const bytes = Buffer.byteLength(callback_data);
		if (bytes < 1 || bytes > 64) throw new Refusal(400, "Bad Request: BUTTON_DATA_INVALID");
	}
	return { text, entities: list, buttons: keyboard.flat() };
}
