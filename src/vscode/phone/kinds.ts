import { type Found, isToken, NO_TOKEN, pairPhone } from "../../away/pairing.ts";
import { type ChannelName, type Channels, removeChannel, rootOf } from "../../store/channelsFile.ts";
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
	/** What a person sends, and to whom; `to` as `pairPhone` names it. */
	readonly message: (code: string) => string;
	readonly receiver: (to: string) => string;
	/** Where it is sent, in a sentence. */
	readonly where: string;
	/** Opens the place for it. */
	readonly open: {
		readonly label: string;
		readonly detail: string;
		readonly url: (to: string, code: string) => string;
	};
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

/** What is the same for all of them. */
const common = (channel: ChannelName) => ({
	isToken: (text: string) => isToken(channel, text),
	notToken: NO_TOKEN[channel],
	server: (home: Home) => rootOf(realDisk, home, channel),
	pair: (options: Pair) => pairPhone(channel, { ...options, owner: "editor" }),
	remove: (home: Home) => removeChannel(realDisk, home, channel),
});

const telegram: PhoneKind = {
	...common("telegram"),
	name: "Telegram",
	maker: {
		name: "BotFather",
		url: "https://t.me/BotFather",
		how: "Write /newbot to @BotFather in Telegram; it answers with a token.",
	},
	connected: (channels) => {
		const settings = channels.kind === "good" ? channels.telegram : undefined;
		if (!settings) return undefined;
		const { users, token, chat } = settings;
		return { users: users.map(String), group: chat < 0 ? { token } : undefined };
	},
	message: (code) => `/start ${code}`,
	receiver: (bot) => `@${bot}`,
	where: "In a private chat",
	open: {
		label: "Open Telegram",
		detail: "The chat with the bot on this machine; there press Start",
		url: (bot, code) => `https://t.me/${encodeURIComponent(bot)}?start=${code}`,
	},
};

const discord: PhoneKind = {
	...common("discord"),
	name: "Discord",
	maker: {
		name: "the Developer Portal",
		url: "https://discord.com/developers/applications",
		how: "Make a New Application in Discord's developer portal; its page Bot has Reset Token.",
	},
	connected: (channels) => {
		const settings = channels.kind === "good" ? channels.discord : undefined;
		if (!settings) return undefined;
		const { users, token, place } = settings;
		return { users, group: "channel" in place ? { token } : undefined };
	},
	message: (code) => `/countersign code:${code}`,
	receiver: () => "Your Bot",
	where: "In a server with the bot in it, or in a message to it",
	open: {
		label: "Invite the Bot",
		detail: "Into a server of yours, in the browser of this machine; then send it there",
		url: (invitation) => invitation,
	},
};

/** The list that a person chooses from. */
export const KINDS: readonly PhoneKind[] = [telegram, discord];
