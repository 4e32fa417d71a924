import * as z from "zod";
import { COMMON, COMMON_REMEDIES, type CommonSettings, commonOf } from "./common.ts";

/** How people away from the desk are reached by Telegram. */
export interface TelegramSettings extends CommonSettings {
	readonly token: string;
	/** Who may decide there. */
	readonly users: readonly number[];
	readonly chat: number;
}

const TOKEN = /^\d+:[A-Za-z0-9_-]{30,}$/;

export const isBotToken = (text: string): boolean => TOKEN.test(text);

const schema = z.strictObject({
	token: z.string().regex(TOKEN, "not a bot's token"),
	users: z.array(z.int().positive()).min(1),
	chat: z.int().optional(),
	...COMMON,
});

export const telegramKeys = {
	schema,
	remedies: {
		token: "Write the token that @BotFather gave you, in quotes.",
		users:
			"Write a list of numeric user ids, for example [123456789]. A name can be taken by anybody; run countersign phone to find the number.",
		chat: "Write the numeric id of the chat, or leave it out for your private chat with the bot.",
		...COMMON_REMEDIES,
	},
	/** A sentence: what is missing. */
	settings({ token, users, chat, ...common }: z.infer<typeof schema>): TelegramSettings | string {
		const [only, ...others] = users;
		if (only === undefined || (chat === undefined && others.length > 0))
			return "several users share a chat: name it with chat.";
		return { token, users, chat: chat ?? only, ...commonOf(common) };
	},
};
