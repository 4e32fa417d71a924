import { sha256 } from "../base/hash.ts";
import { CardsFile } from "../store/cardsFile.ts";
import type { TelegramSettings } from "../store/channels/telegramKeys.ts";
import { realDisk } from "../store/disk.ts";
import { FolderLock, LockedError } from "../store/lock.ts";
import type { ChannelKind, ChannelSetting } from "./channel.ts";
import { deskOf } from "./deskOf.ts";

export const telegram: ChannelKind<TelegramSettings> = {
	name: "telegram",
	pick: (channels) => channels.telegram,
	keyOf: ({ token, apiRoot, chat }) => JSON.stringify([token, apiRoot, chat]),
	async open(options) {
		const { setting, settings, say } = options;
		const lock = await lockOf(settings.token, setting);
		try {
			const kept = await CardsFile.open(realDisk, setting.home, setting.folderId);
			const { Telegram } = await import("../channels/telegram/telegram.ts");
			const port = new Telegram({ ...settings, memory: kept, say });
			const desk = await deskOf(options, port, kept, String(settings.chat));
			port.start({
				press: (...press) => setting.look().then(() => desk.press(...press)),
				reply: (...reply) => setting.look().then(() => desk.reply(...reply)),
				refuse: (...refusal) => desk.refuse(...refusal),
			});
			const close = () => port.close().finally(() => lock.release());
			return { desk, isOver: () => port.isOver, close };
		} catch (error) {
			await lock.release();
			throw error;
		}
	},
};

/** Telegram lets one process at a time hear what is said to a bot. */
async function lockOf(token: string, { home, owner }: ChannelSetting): Promise<FolderLock> {
	try {
		return await FolderLock.acquire(realDisk, home.run, `telegram-${sha256(token).slice(0, 16)}`, owner);
	} catch (error) {
		if (!(error instanceof LockedError)) throw error;
		throw new Error(
			`another folder's gate (process ${error.holder.pid}) has the bot. One folder at a time is reached; the next one when that gate closes.`,
		);
	}
}
