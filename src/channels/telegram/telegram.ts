import { Bot, type Context } from "grammy";
import type { Press, Shown } from "../../core/remote/buttons.ts";
import {
	type Card,
	type Face,
	type Message,
	type Person,
	type RemotePort,
	Unreachable,
	type Wish,
} from "../../core/remote/remotePort.ts";
import { Calls, meaningOf } from "./calls.ts";
import { keyboardOf, readData } from "./keyboard.ts";
import { type Paired, Pairing, type PairingOptions } from "./pairing.ts";
import { telegramText } from "./telegramText.ts";

export interface TelegramOptions {
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** The only chat where anything is shown or heard. */
	readonly chat: number;
	readonly memory: Memory;
	/** Why it does not work; undefined: it works again. */
	readonly say: (problem: string | undefined) => void;
}

/** What outlives the process. */
export interface Memory {
	/** Ids of updates that were carried out already. */
	readonly updates: readonly number[];
	/** The latest message that is known to be ours. */
	readonly latest: number;
	sentAfter(request: string): number | undefined;
	begin(request: string): Promise<void>;
	failed(request: string): Promise<void>;
	keep(more: { updates?: number[]; latest?: number }): Promise<void>;
}

/** Whoever hears what people do there. */
export interface Listener {
	press(press: Press, wish: Wish | undefined, person: Person): Promise<string>;
	reply(chat: string, about: Shown | undefined, text: string, person: Person): Promise<string | undefined>;
	refuse(shown: Shown, person: Person, why: string): Promise<string>;
}

/** Updates that came and were not confirmed come again after a restart; there are no more of them at a time. */
const REMEMBERED = 100;
/** People write too while a message of ours is on its way. */
const LOST_WITHIN = 10;
/** Seconds. */
const POLL = 25;
/** How long an end waits for the API to hear of it. Ms. */
const GOODBYE = 1500;

/**
 * A bot in one chat: long polling, plain text, buttons that carry a nonce. It vouches for who pressed where and knows
 * nothing of requests.
 */
export class Telegram implements RemotePort {
	readonly channel = "telegram";
	private readonly options: TelegramOptions;
	private readonly bot: Bot;
	private readonly calls: Calls;
	private isClosed = false;

	constructor(options: TelegramOptions) {
		const { token, apiRoot, say } = options;
		this.options = options;
		this.bot = new Bot(token, { client: { timeoutSeconds: POLL + 15, ...(apiRoot ? { apiRoot } : {}) } });
		this.calls = new Calls(this.bot.api, say);
	}

	get isOver(): boolean {
		return this.calls.isOver;
	}

	/** Hears, until it is closed or the API says that this cannot go on. */
	start(listener: Listener): void {
		this.bot.api.config.use(async (previous, method, payload, signal) => {
			if (!HEARING.includes(method)) return previous(method, payload, signal);
			try {
				const result = await previous(method, payload, signal);
				if (result.ok) this.calls.works();
				return result;
			} catch (error) {
				const meaning = meaningOf(error);
				if (!this.isClosed && meaning.kind === "down") this.calls.failed(meaning);
				throw error;
			}
		});
		this.bot.use((context, next) => this.once(context, next));
		this.bot.on("callback_query", (context) => this.pressed(context, listener));
		this.bot.on("message:text", (context) => this.wrote(context, listener));
		this.bot.catch(({ error }) => this.options.say(String(error)));
		this.bot.start({ timeout: POLL, allowed_updates: ["callback_query", "message"] }).catch((error) => {
			const meaning = meaningOf(error);
			if (this.isClosed) return;
			const why = "why" in meaning ? meaning.why : "Telegram cannot be heard any more.";
			this.calls.failed({ kind: "over", why });
		});
	}

	/** An update that comes twice, or was carried out before a restart, does nothing. */
	private async once({ update }: Context, next: () => Promise<void>): Promise<void> {
		const { memory } = this.options;
		if (memory.updates.includes(update.update_id)) return;
		await next();
		await memory.keep({ updates: [...memory.updates.slice(1 - REMEMBERED), update.update_id] });
	}

	private async pressed(context: Context, listener: Listener): Promise<void> {
		const query = context.callbackQuery;
		if (!query) return;
		const person = personOf(query.from);
		const { message } = query;
		const shown = { chat: String(message?.chat.id ?? ""), message: String(message?.message_id ?? "") };
		const stranger = this.strangeness(query);
		const read = readData(query.data ?? "");
		const said = stranger
			? await listener.refuse(shown, person, stranger)
			: await listener.press({ ...shown, nonce: read?.nonce }, read?.wish, person);
		const text = said.slice(0, MAX_ANSWER).toWellFormed();
		await this.calls
			.do((api, signal) => api.answerCallbackQuery(query.id, { text }, signal as never))
			.catch(() => undefined);
	}

	/** Why a press cannot count, whoever it is from. */
	private strangeness({ from, message }: NonNullable<Context["callbackQuery"]>): string | undefined {
		if (from.is_bot) return "as a bot or an anonymous admin";
		if (!message) return "below a message that is not ours";
		if (message.chat.id !== this.options.chat) return "in another chat";
		if ("forward_origin" in message && message.forward_origin) return "below a forwarded message";
		if ("from" in message && message.from && message.from.id !== this.bot.botInfo.id)
			return "below a message that is not ours";
		return undefined;
	}

	private async wrote(context: Context, listener: Listener): Promise<void> {
		const { message } = context;
		if (message?.text === undefined || message.chat.id !== this.options.chat) return;
		// Words of somebody else, or of nobody in particular.
		if (message.from.is_bot || message.sender_chat || message.forward_origin || message.via_bot) return;
		const chat = String(message.chat.id);
		const about = message.reply_to_message && { chat, message: String(message.reply_to_message.message_id) };
		const said = await listener.reply(chat, about, message.text, personOf(message.from));
		if (said === undefined) return;
		await this.tell(
			{ text: said, quoted: [{ from: 0, to: said.length }] },
			{ chat, message: String(message.message_id) },
		).catch(() => undefined);
	}

	async send(card: Card, face: Face, request: string): Promise<Shown> {
		const { memory } = this.options;
		const after = memory.sentAfter(request);
		const found = after === undefined ? undefined : await this.findLost(after, card, face);
		if (found) return found;
		if (after === undefined) await memory.begin(request);
		const shown = await this.sendNew(card, { reply_markup: keyboardOf(face) }).catch(async (error) => {
			if (!(error instanceof Unreachable && error.maybe)) await memory.failed(request);
			throw error;
		});
		return shown;
	}

	/**
	 * A message that was sent without an answer stands right behind the latest one that is known, or not at all. It is
	 * changed to what it should be; nobody but the bot can change what the bot wrote.
	 */
	private async findLost(after: number, card: Card, face: Face): Promise<Shown | undefined> {
		for (let id = after + 1; id <= after + LOST_WITHIN; id++) {
			const shown = { chat: String(this.options.chat), message: String(id) };
			if (await this.edit(shown, card, face)) return shown;
		}
		return undefined;
	}

	private async sendNew(message: Message, more: object): Promise<Shown> {
		const { text, entities } = telegramText(message);
		const sent = await this.calls.do((api, signal) =>
			api.sendMessage(this.options.chat, text, { ...PLAIN, entities, ...more }, signal as never),
		);
		if (typeof sent === "string") throw new Error("Telegram kept no message.");
		await this.options.memory.keep({ latest: Math.max(this.options.memory.latest, sent.message_id) });
		return { chat: String(sent.chat.id), message: String(sent.message_id) };
	}

	async edit(shown: Shown, card: Card, face: Face): Promise<boolean> {
		const { text, entities } = telegramText(card);
		const more = { link_preview_options: NO_PREVIEW, entities, reply_markup: keyboardOf(face) };
		const done = await this.calls.do((api, signal) =>
			api.editMessageText(shown.chat, Number(shown.message), text, more, signal as never),
		);
		return done !== "gone";
	}

	async tell(message: Message, about?: Shown): Promise<void> {
		const answer = about && {
			reply_parameters: { message_id: Number(about.message), allow_sending_without_reply: true },
		};
		await this.sendNew(message, { ...answer });
	}

	async strip({ chat, message }: Shown): Promise<void> {
		if (chat !== String(this.options.chat)) return;
		await this.calls
			.do((api, signal) =>
				api.editMessageReplyMarkup(
					chat,
					Number(message),
					{ reply_markup: keyboardOf({ kind: "none" }) },
					signal as never,
				),
			)
			.catch(() => undefined);
	}

	async close(): Promise<void> {
		this.isClosed = true;
		this.calls.close();
		const goodbye = new Promise((done) => setTimeout(done, GOODBYE).unref());
		await Promise.race([this.bot.stop().catch(() => undefined), goodbye]);
	}
}

/** What the bot calls by itself, again and again until it works. */
const HEARING: readonly string[] = ["getMe", "deleteWebhook", "getUpdates"];
/** Telegram's own limit. */
const MAX_ANSWER = 200;
const NO_PREVIEW = { is_disabled: true } as const;
/** Nothing in a message is fetched, and nobody passes it on. */
const PLAIN = { link_preview_options: NO_PREVIEW, protect_content: true } as const;

/** The id counts; the name, which anybody may take, is for the log. */
const personOf = ({ id, username }: { id: number; username?: string | undefined }): Person => ({
	id: String(id),
	name: username ?? "",
});

/** Finds out who is at the other end of a bot. */
export const pair = (options: PairingOptions): Promise<Paired> => new Pairing(options).run();
