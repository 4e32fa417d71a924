import { randomInt } from "node:crypto";
import { isBotToken, isSafeRoot, telegramRoot, writeTelegramUser } from "../store/channelsFile.ts";
import { realDisk } from "../store/disk.ts";
import { type Home, openHome } from "../store/home.ts";
import { type Holder, LockedError } from "../store/lock.ts";
import { lockBot } from "./botLock.ts";

export interface PairPhone {
	readonly home: Home;
	readonly token: string;
	/** Left out, the one that channels.yaml names. */
	readonly apiRoot?: string | undefined;
	readonly owner: Holder["owner"];
	/** Tells the person what to send, and to whom. */
	readonly show: (code: string, bot: string) => void;
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

/** Finds out who is at the other end of a Telegram bot. @throws Error with what to do */
export async function pairPhone({ home, token, apiRoot, owner, show, signal }: PairPhone): Promise<Found> {
	if (!isBotToken(token))
		throw new Error("That is not a bot's token. @BotFather gives you one; it looks like 123456789:AA….");
	if (apiRoot !== undefined && !isSafeRoot(apiRoot)) throw new Error("The address must begin with https://.");
	await openHome(realDisk, home);
	const root = apiRoot ?? (await telegramRoot(realDisk, home));
	const lock = await lockBot(home, "telegram", token, owner).catch((error) => {
		if (!(error instanceof LockedError)) throw error;
		throw new Error(IN_USE(error.holder.pid));
	});
	try {
		const code = String(randomInt(1_000_000)).padStart(6, "0");
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

const IN_USE = (pid: number) =>
	`A gate (process ${pid}) listens to this bot. Remove its phone first (countersign phone --remove), or make another bot.`;
