import { randomInt } from "node:crypto";
import { isSafeRoot } from "../store/channels/common.ts";
import { isBotToken } from "../store/channels/telegramKeys.ts";
import { writeTelegramUser } from "../store/channelsFile.ts";
import { realDisk } from "../store/disk.ts";
import { type Home, openHome } from "../store/home.ts";

export interface PairPhone {
	readonly home: Home;
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** Tells the person what to send, and to whom. */
	readonly show: (code: string, bot: string) => void;
	readonly signal?: AbortSignal;
}

/**
 * Puts one person's Telegram into channels.yaml, and takes whoever was there before off it; gates that run notice by
 * themselves. @throws Error with what to do
 */
export async function pairPhone({
	home,
	token,
	apiRoot,
	show,
	signal,
}: PairPhone): Promise<{ user: number; name: string }> {
	if (!isBotToken(token))
		throw new Error("That is not a bot's token. @BotFather gives you one; it looks like 123456789:AA….");
	if (apiRoot !== undefined && !isSafeRoot(apiRoot)) throw new Error("The address must begin with https://.");
	await openHome(realDisk, home);
	const code = String(randomInt(1_000_000)).padStart(6, "0");
	const { pair } = await import("../channels/telegram/telegram.ts");
	const paired = await pair({ token, apiRoot, code, started: (bot) => show(code, bot), signal });
	if (paired.kind === "over") throw new Error(`No phone was connected. ${paired.why}`);
	await writeTelegramUser(realDisk, home, { token, user: paired.user, apiRoot });
	return paired;
}
