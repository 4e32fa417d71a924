import { once } from "node:events";
import { carry } from "../channels/telegram/carry.ts";
import { Switchboard } from "../channels/telegram/switchboard.ts";
import { readUpdate } from "../channels/telegram/update.ts";
import { CardsFile } from "../store/cardsFile.ts";
import type { TelegramSettings } from "../store/channels/telegramKeys.ts";
import { realDisk } from "../store/disk.ts";
import { inTurn } from "../store/inTurn.ts";
import { FolderLock, tryLock } from "../store/lock.ts";
import { SentBook } from "../store/sentBook.ts";
import { SharedBot } from "../store/sharedBot.ts";
import { BotLine } from "./botLine.ts";
import type { ChannelKind } from "./channel.ts";
import { deskOf } from "./deskOf.ts";

/** Updates that came and were not confirmed come again after a restart; there are no more of them at a time. */
const REMEMBERED = 100;

export const telegram: ChannelKind<TelegramSettings> = {
	name: "telegram",
	pick: (channels) => channels.telegram,
	keyOf: ({ token, apiRoot, chat }) => JSON.stringify([token, apiRoot, chat]),
	async open(options) {
		const { setting, settings } = options;
		const { home, folderId, owner, failpoint, look } = setting;
		const { token, apiRoot, chat } = settings;
		const { hear, Telegram } = await import("../channels/telegram/telegram.ts");
		const bot = await SharedBot.open(realDisk, home, token);
		const kept = await CardsFile.open(realDisk, home, folderId);
		const closing = new AbortController();
		const alone = inTurn(realDisk, home.run, `${bot.name}.send`, owner, closing.signal);
		const book = new SentBook(realDisk, bot.pathOf(`sent.${chat}.json`), folderId, alone);
		await book.claim(cardsIn(kept, String(chat)));
		const [say, deaf] = twoSayers(options.say);
		const port = new Telegram({ token, apiRoot, chat, book, shared: bot, say, failpoint });
		const desk = await deskOf(options, port, kept, String(chat));
		const users = () => options.now()?.users.map(String) ?? [];
		const isRunning = (gate: string) => FolderLock.isTaken(realDisk, home.run, gate);
		const ownerOf = (message: number) => book.ownerOf(message);
		const switchboard = new Switchboard({ own: folderId, chat, lines: bot, ownerOf, isRunning, users, port });
		const place = { bot: Number(token.split(":")[0]), chat, port };
		// Whoever closes it has looked already, and waits for what is being carried out.
		const closed = once(closing.signal, "abort");
		const looked = () => Promise.race([look(), closed]);
		const listener = {
			press: (...press: Parameters<typeof desk.press>) => looked().then(() => desk.press(...press)),
			reply: (...reply: Parameters<typeof desk.reply>) => looked().then(() => desk.reply(...reply)),
			refuse: (...refusal: Parameters<typeof desk.refuse>) => desk.refuse(...refusal),
		};
		const line: BotLine = new BotLine({
			gate: folderId,
			bot,
			lock: () => tryLock(realDisk, home.run, bot.name, owner),
			known: () => kept.updates,
			remember: (id) => kept.keep({ updates: [...kept.updates.slice(1 - REMEMBERED), id] }),
			carry: async (raw) => {
				const update = readUpdate(raw);
				if (update) await carry(update, place, listener);
			},
			asking: () => desk.asking(),
			hear: (over) => {
				const pass = async (update: { readonly update_id: number }) => {
					await switchboard.pass(update);
					void line.look();
				};
				return hear({ token, apiRoot, calls: port.calls, pass, over, say, failpoint });
			},
			sweep: () => switchboard.sweep(),
			deaf,
			say,
			failpoint,
		});
		const close = async () => {
			port.close();
			closing.abort();
			await line.close();
		};
		return { desk, isOver: () => port.isOver, close };
	},
};

const cardsIn = ({ cards }: CardsFile, chat: string) =>
	Object.entries(cards).flatMap(([request, shown]) =>
		shown.chat === chat ? [{ id: Number(shown.message), request }] : [],
	);

type Say = (problem: string | undefined) => void;

/** Two that tell of what does not work: it works again when neither of them knows of anything. */
function twoSayers(say: Say): [Say, Say] {
	let [first, second]: [string | undefined, string | undefined] = [undefined, undefined];
	return [
		(problem) => {
			first = problem;
			say(first ?? second);
		},
		(problem) => {
			second = problem;
			say(first ?? second);
		},
	];
}
