import { type Found, pairPhone } from "../../away/pairing.ts";
import { type Channels, isBotToken, removeTelegram, telegramRoot } from "../../store/channelsFile.ts";
import { realDisk } from "../../store/disk.ts";
import type { Home } from "../../store/home.ts";

/** A messenger that brings what waits to a person who is not there. */
export interface PhoneKind {
	readonly name: string;
	/** Where a bot is made, and how. */
	readonly maker: { readonly name: string; readonly url: string; readonly how: string };
	readonly isToken: (text: string) => boolean;
	readonly notToken: string;
	/** Another server than the messenger's own, to which everything goes. */
	readonly server: (home: Home) => Promise<string | undefined>;
	readonly connected: (channels: Channels) => Connected | undefined;
	/** What a person sends to the bot. */
	readonly message: (code: string) => string;
	/** Opens the chat with the message in it. */
	readonly chat: (bot: string, code: string) => string;
	readonly pair: (options: Pair) => Promise<Found>;
	readonly remove: (home: Home) => Promise<void>;
}

interface Pair {
	readonly home: Home;
	readonly token: string;
	readonly show: (code: string, bot: string) => void;
	readonly signal: AbortSignal;
}

/** Who decides there now. */
export interface Connected {
	readonly users: readonly string[];
	/** In a group there is room for more of them. */
	readonly group: { readonly token: string } | undefined;
}

const telegram: PhoneKind = {
	name: "Telegram",
	maker: {
		name: "BotFather",
		url: "https://t.me/BotFather",
		how: "Write /newbot to @BotFather in Telegram; it answers with a token.",
	},
	isToken: isBotToken,
	notToken: "That is not a bot's token. @BotFather gives you one; it looks like 123456789:AA…",
	server: (home) => telegramRoot(realDisk, home),
	connected: (channels) => {
		const settings = channels.kind === "good" ? channels.telegram : undefined;
		if (!settings) return undefined;
		const { users, token, chat } = settings;
		return { users: users.map(String), group: chat < 0 ? { token } : undefined };
	},
	message: (code) => `/start ${code}`,
	chat: (bot, code) => `https://t.me/${encodeURIComponent(bot)}?start=${code}`,
	pair: (options) => pairPhone({ ...options, owner: "editor" }),
	remove: (home) => removeTelegram(realDisk, home),
};

/** The list that a person chooses from. */
export const KINDS: readonly PhoneKind[] = [telegram];
