import { Api } from "grammy";
import type { Shown } from "../../core/remote/buttons.ts";
import {
	type Card,
	type Face,
	isUnreachable,
	type Message,
	type RemotePort,
	Unreachable,
} from "../../core/remote/remotePort.ts";
import type { Paired } from "../pairingRound.ts";
import { Calls, type Patience } from "./calls.ts";
import { Hearing, type HearingOptions } from "./hearing.ts";
import { keyboardOf } from "./keyboard.ts";
import { Pairing, type PairingOptions } from "./pairing.ts";
import { telegramText } from "./telegramText.ts";
import type { Query, Written } from "./update.ts";

export interface TelegramOptions {
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** The only chat where anything is shown or heard. */
	readonly chat: number;
	readonly book: Book;
	readonly shared: Patience;
	/** Why it does not work; undefined: it works again. */
	readonly say: (problem: string | undefined) => void;
	readonly failpoint: (name: string) => void;
}

/** Whose each message of the bot in that chat is, over all processes and restarts. */
export interface Book {
	isOurs(message: number): Promise<boolean>;
	/** Nobody else of this machine sends meanwhile. */
	exclusively<T>(work: (page: Page) => Promise<T>): Promise<T>;
}

export interface Page {
	/** Where the request's card stands, as far as is known. */
	cardOf(request: string): number | undefined;
	/** Where it may stand when it was sent and nobody knows whether it arrived. */
	lostIn(request: string, within: number): readonly number[];
	sentSince(time: number, now: number): number;
	begin(request: string): Promise<void>;
	failed(request: string): Promise<void>;
	put(message: number, request: string | undefined, at: number): Promise<void>;
}

/** People write too while a message of ours is on its way. */
const LOST_WITHIN = 10;
/** Seconds that one call may take: nobody else here can send meanwhile. */
const TIMEOUT = 15;
/** So many messages at once; after that one second for each, in a group three: that is what Telegram asks for. */
const BURST = 5;

/** What a bot shows in one chat: plain text, buttons that carry a nonce. It knows nothing of requests. */
export class Telegram implements RemotePort {
	readonly channel = "telegram";
	readonly calls: Calls;
	private readonly options: TelegramOptions;

	constructor(options: TelegramOptions) {
		const { token, apiRoot, shared, say } = options;
		this.options = options;
		this.calls = new Calls(new Api(token, { timeoutSeconds: TIMEOUT, ...(apiRoot ? { apiRoot } : {}) }), shared, say);
	}

	get isOver(): boolean {
		return this.calls.isOver;
	}

	send(card: Card, face: Face, request: string): Promise<Shown> {
		return this.options.book.exclusively(async (page) => {
			const found = await this.findSent(page, card, face, request);
			if (found) return found;
			this.requireTurn(page);
			await page.begin(request);
			try {
				return await this.sendNew(page, card, { reply_markup: keyboardOf(face) }, request);
			} catch (error) {
				if (!(isUnreachable(error) && error.maybe)) await page.failed(request);
				throw error;
			}
		});
	}

	/**
	 * A card that was sent already, whether or not anybody heard that it arrived. It is changed to what it should be; nobody
	 * but the bot can change what the bot wrote.
	 */
	private async findSent(page: Page, card: Card, face: Face, request: string): Promise<Shown | undefined> {
		const known = page.cardOf(request);
		if (known !== undefined && (await this.edit(this.at(known), card, face))) return this.at(known);
		for (const id of page.lostIn(request, LOST_WITHIN)) {
			if (!(await this.edit(this.at(id), card, face))) continue;
			await page.put(id, request, Date.now());
			return this.at(id);
		}
		return undefined;
	}

	/** @throws Unreachable */
	private requireTurn(page: Page): void {
		const now = Date.now();
		const seconds = this.options.chat < 0 ? 3 : 1;
		if (page.sentSince(now - BURST * seconds * 1000, now) >= BURST) throw new Unreachable("Not so many at a time.");
	}

	private async sendNew(page: Page, message: Message, more: object, request?: string): Promise<Shown> {
		const { chat, failpoint } = this.options;
		const { text, entities } = telegramText(message);
		const sent = await this.calls.do((api, signal) =>
			api.sendMessage(chat, text, { ...PLAIN, entities, ...more }, signal as never),
		);
		if (typeof sent === "string") throw new Error("Telegram kept no message.");
		failpoint("telegram.sent");
		await page.put(sent.message_id, request, Date.now());
		return this.at(sent.message_id);
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
		await this.options.book.exclusively(async (page) => {
			this.requireTurn(page);
			await this.sendNew(page, message, about ? inAnswerTo(about.message) : {});
		});
	}

	/** In a bubble that goes away. Never throws. */
	async answer(query: Query, said: string): Promise<void> {
		const text = said.slice(0, MAX_ANSWER).toWellFormed();
		await this.calls
			.do((api, signal) => api.answerCallbackQuery(query.id, { text }, signal as never))
			.catch(() => undefined);
	}

	/** Never throws. Whoever waits for an answer is not one more of many messages. */
	async reply({ message_id: id }: Written, said: string): Promise<void> {
		const message = { text: said, quoted: [{ from: 0, to: said.length }] };
		await this.options.book.exclusively((page) => this.sendNew(page, message, inAnswerTo(id))).catch(() => undefined);
	}

	async strip({ chat, message }: Shown): Promise<void> {
		if (chat !== String(this.options.chat) || !(await this.options.book.isOurs(Number(message)))) return;
		const nothing = { reply_markup: keyboardOf({ kind: "none" }) };
		await this.calls
			.do((api, signal) => api.editMessageReplyMarkup(chat, Number(message), nothing, signal as never))
			.catch(() => undefined);
	}

	close(): void {
		this.calls.close();
	}

	private at(message: number): Shown {
		return { chat: String(this.options.chat), message: String(message) };
	}
}

/** Telegram's own limit. */
const MAX_ANSWER = 200;
const NO_PREVIEW = { is_disabled: true } as const;
/** Nothing in a message is fetched, and nobody passes it on. */
const PLAIN = { link_preview_options: NO_PREVIEW, protect_content: true } as const;

const inAnswerTo = (message: string | number) => ({
	reply_parameters: { message_id: Number(message), allow_sending_without_reply: true },
});

export const hear = (options: HearingOptions): Hearing => new Hearing(options);

/** Finds out who is at the other end of a bot. */
export const pair = (options: PairingOptions): Promise<Paired<number>> => new Pairing(options).run();
