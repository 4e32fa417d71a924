import { timingSafeEqual } from "node:crypto";
import { Bot, type Context } from "grammy";
import { meaningOf } from "./calls.ts";

export interface PairingOptions {
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** What the person has to send, as it stands on their screen. */
	readonly code: string;
	/** The bot's name, once it can be written to. */
	readonly started: (name: string) => void;
	readonly signal?: AbortSignal | undefined;
}

export type Paired =
	| { readonly kind: "paired"; readonly user: number; readonly name: string }
	| { readonly kind: "over"; readonly why: string };

/** Ms. */
const WITHIN = 5 * 60 * 1000;
const MAX_WRONG = 5;

/** Who sends the code to the bot in a private chat is the person in front of the screen that shows it. */
export class Pairing {
	private readonly options: PairingOptions;
	private readonly bot: Bot;
	private wrong = 0;
	private done: (result: Paired) => void = () => undefined;

	constructor(options: PairingOptions) {
		const { token, apiRoot } = options;
		this.options = options;
		this.bot = new Bot(token, { client: { timeoutSeconds: 40, ...(apiRoot ? { apiRoot } : {}) } });
	}

	async run(): Promise<Paired> {
		const { started, signal } = this.options;
		const result = new Promise<Paired>((done) => {
			this.done = done;
		});
		const late = setTimeout(
			() => this.done({ kind: "over", why: "Nobody sent the code within five minutes." }),
			WITHIN,
		);
		signal?.addEventListener("abort", () => this.done({ kind: "over", why: "It was stopped." }));
		this.bot.on("message:text", (context) => this.wrote(context));
		this.bot.catch(() => undefined);
		this.bot
			// What was sent before there was a code is no answer to it.
			.start({ drop_pending_updates: true, allowed_updates: ["message"], onStart: ({ username }) => started(username) })
			.catch((error) => {
				const meaning = meaningOf(error);
				this.done({ kind: "over", why: "why" in meaning ? meaning.why : "Telegram cannot be heard." });
			});
		const paired = await result;
		clearTimeout(late);
		await this.bot.stop().catch(() => undefined);
		return paired;
	}

	private async wrote(context: Context): Promise<void> {
		const { message } = context;
		const [, given] = /^\/start(?:@\w+)?[ \t]+(\S{1,32})$/.exec(message?.text ?? "") ?? [];
		if (!message || given === undefined || this.wrong >= MAX_WRONG) return;
		if (message.chat.type !== "private" || message.from.is_bot || message.forward_origin || message.sender_chat) return;
		if (isSameText(given, this.options.code)) {
			await this.answer(message.chat.id, "That is the code. Whoever sits at the screen now confirms you.");
			const { id, username } = message.from;
			this.done({ kind: "paired", user: id, name: username ?? String(id) });
			return;
		}
		this.wrong++;
		await this.answer(message.chat.id, "That is not the code on the screen.");
		if (this.wrong < MAX_WRONG) return;
		this.done({
			kind: "over",
			why: `${MAX_WRONG} wrong codes were sent. Somebody else may know the bot; start again.`,
		});
	}

	private async answer(chat: number, text: string): Promise<void> {
		await this.bot.api.sendMessage(chat, text, { link_preview_options: { is_disabled: true } }).catch(() => undefined);
	}
}

function isSameText(one: string, other: string): boolean {
	const [given, expected] = [Buffer.from(one), Buffer.from(other)];
	return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}
