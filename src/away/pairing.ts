import { randomInt } from "node:crypto";
import { isSafeRoot } from "../store/channels/common.ts";
import { isDiscordToken } from "../store/channels/discordKeys.ts";
import { isBotToken } from "../store/channels/telegramKeys.ts";
import { type ChannelName, rootOf, writeDiscordUser, writeTelegramUser } from "../store/channelsFile.ts";
import { realDisk } from "../store/disk.ts";
import { type Home, openHome } from "../store/home.ts";
import { type FolderLock, type Holder, LockedError } from "../store/lock.ts";
import { lockBot } from "./botLock.ts";

export interface PairPhone {
	readonly home: Home;
	readonly token: string;
	/** Left out, the one that channels.yaml names. */
	readonly apiRoot?: string | undefined;
	readonly owner: Holder["owner"];
	/** Tells the person what to send; `to`: the bot's name (Telegram), the address that invites it (Discord). */
	readonly show: (code: string, to: string) => void;
	readonly signal?: AbortSignal;
}

/** Whoever sent the code. Nothing is written before a person at the screen said that it is the right one. */
export interface Found {
	readonly id: string;
	readonly name: string;
	/** Puts them into channels.yaml; gates that run notice by themselves. */
	connect(grant: Grant): Promise<void>;
}

export interface Grant {
	/** Whether they may approve what is normal; left out, as it was. */
	readonly approve?: boolean;
	/** Next to those who decide already; else whoever was there is taken off. */
	readonly beside?: boolean;
}

/** Finds out who is at the other end of a bot. @throws Error with what to do */
export async function pairPhone(by: ChannelName, options: PairPhone): Promise<Found> {
	const { home, token, apiRoot } = options;
	if (!isToken(by, token)) throw new Error(NO_TOKEN[by]);
	if (apiRoot !== undefined && !isSafeRoot(apiRoot)) throw new Error("The address must begin with https://.");
	await openHome(realDisk, home);
	const root = apiRoot ?? (await rootOf(realDisk, home, by));
	return by === "telegram" ? pairTelegram(options, root) : pairDiscord(options, root);
}

export const isToken = (by: ChannelName, text: string): boolean =>
	by === "telegram" ? isBotToken(text) : isDiscordToken(text);

export const NO_TOKEN: Readonly<Record<ChannelName, string>> = {
	telegram: "That is not a bot's token. @BotFather gives you one; it looks like 123456789:AA….",
	discord:
		"That is not a bot's token. Discord's developer portal gives you one on the page Bot; it has three parts with dots between.",
};

async function pairTelegram({ home, token, apiRoot, owner, show, signal }: PairPhone, root?: string): Promise<Found> {
	const lock = await lockSoon(home, token, owner);
	try {
		const code = newCode();
		const { pair } = await import("../channels/telegram/telegram.ts");
		const paired = await pair({ token, apiRoot: root, code, started: (bot) => show(code, bot), signal });
		if (paired.kind === "over") throw new Error(paired.why);
		const { user, name } = paired;
		const connect = (grant: Grant) => writeTelegramUser(realDisk, home, { token, user, apiRoot, ...grant });
		return { id: String(user), name, connect };
	} finally {
		await lock.release();
	}
}

/** A gate whose phone was removed just now lets go of the bot soon. Two that listen would take each other's messages. */
async function lockSoon(home: Home, token: string, owner: Holder["owner"]): Promise<FolderLock> {
	for (const end = performance.now() + LETS_GO; ; ) {
		try {
			return await lockBot(home, "telegram", token, owner);
		} catch (error) {
			if (!(error instanceof LockedError)) throw error;
			if (performance.now() > end) throw new Error(IN_USE(error.holder.pid));
			await new Promise((done) => setTimeout(done, 200));
		}
	}
}

/** Everybody who listens to a Discord bot hears all of it: gates that have it are not in the way. */
async function pairDiscord({ home, token, apiRoot, show, signal }: PairPhone, root?: string): Promise<Found> {
	const code = newCode();
	const { pair } = await import("../channels/discord/discord.ts");
	const paired = await pair({ token, apiRoot: root, code, started: (invitation) => show(code, invitation), signal });
	if (paired.kind === "over") throw new Error(paired.why);
	const { user, name } = paired;
	const connect = (grant: Grant) => writeDiscordUser(realDisk, home, { token, user, apiRoot, ...grant });
	return { id: user, name, connect };
}

/** Ms. */
const LETS_GO = 3000;

const newCode = () => String(randomInt(1_000_000)).padStart(6, "0");

const IN_USE = (pid: number) =>
	`A gate (process ${pid}) listens to this bot. Remove its phone first (countersign phone --remove), or make another bot.`;
