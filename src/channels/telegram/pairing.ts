import { Bot, type Context } from "grammy";
import { type Paired, PairingRound, RIGHT, type RoundOptions, WRONG } from "../pairingRound.ts";
import { meaningOf } from "./calls.ts";

export interface PairingOptions extends RoundOptions {
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** The bot's name, once it can be written to. */
	readonly started: (name: string) => void;
}

/** Who sends the code to the bot in a private chat is the person in front of the screen that shows it. */
export class Pairing {
	private readonly options: PairingOptions;
	private readonly bot: Bot;
	private readonly round: PairingRound<number>;

	constructor(options: PairingOptions) {
		const { token, apiRoot } = options;
		this.options = options;
		this.round = new PairingRound(options);
		this.bot = new Bot(token, { client: { timeoutSeconds: 40, ...(apiRoot ? { apiRoot } : {}) } });
	}

	async run(): Promise<Paired<number>> {
		this.bot.on("message:text", (context) => this.wrote(context));
		this.bot.catch(() => undefined);
		this.bot
			// What was sent before there was a code is no answer to it.
			.start({
				drop_pending_updates: true,
				allowed_updates: ["message"],
				onStart: ({ username }) => this.options.started(username),
			})
			.catch((error) => {
				const meaning = meaningOf(error);
				this.round.over("why" in meaning ? meaning.why : "Telegram cannot be heard.");
			});
		const paired = await this.round.ended;
		await this.bot.stop().catch(() => undefined);
		return paired;
	}

	private async wrote(context: Context): Promise<void> {
		const { message } = context;
		const [, given] = /^\/start(?:@\w+)?[ \t]+(\S{1,32})$/.exec(message?.text ?? "") ?? [];
		if (!message || given === undefined || this.round.isSpent) return;
		if (message.chat.type !== "private" || message.from.is_bot || message.forward_origin || message.sender_chat) return;
		if (this.round.isRight(given)) {
			await this.answer(message.chat.id, RIGHT);
			const { id, username } = message.from;
			this.round.found(id, username ?? String(id));
			return;
		}
		await this.answer(message.chat.id, WRONG);
		this.round.goOn();
	}

	private async answer(chat: number, text: string): Promise<void> {
		await this.bot.api.sendMessage(chat, text, { link_preview_options: { is_disabled: true } }).catch(() => undefined);
	}
}
