import { createHmac, randomBytes } from "node:crypto";
import { systemClock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Listener, Telegram } from "../channels/telegram/telegram.ts";
import { RemoteDesk } from "../core/remote/desk.ts";
import { Veil } from "../core/remote/veil.ts";
import type { ChannelParts } from "../owner/ownFolder.ts";
import { awayText, drawCard, sentenceOf as sentence } from "../present/card.ts";
import { localTime } from "../present/logText.ts";
import { CardsFile } from "../store/cardsFile.ts";
import { readChannels, type TelegramSettings } from "../store/channelsFile.ts";
import { realDisk } from "../store/disk.ts";
import { markOf } from "../store/fileMark.ts";
import { sharedKey } from "../store/keys.ts";
import { type FolderLock, LockedError } from "../store/lock.ts";
import { lockBot } from "./botLock.ts";
import { delayOf } from "./delay.ts";

/** How often it is looked what should be shown, and whether channels.yaml is another one. Ms. */
const LOOK_EVERY = 1000;
/** A bot that another gate has is asked for again so often. Ms. */
const RETRY_EVERY = 5000;

interface Open {
	readonly settings: TelegramSettings;
	readonly port: Telegram;
	readonly desk: RemoteDesk;
	readonly lock: FolderLock;
}

/** @param attended whether somebody is at the desk right now */
export const openChannels =
	(attended: () => boolean) =>
	(parts: ChannelParts): { close(): Promise<void> } =>
		new Channels(parts, attended);

/** The channels of one folder's gate, as channels.yaml says at the time. */
class Channels {
	private readonly parts: ChannelParts;
	private readonly attended: () => boolean;
	private readonly timer: NodeJS.Timeout;
	private mark: string | undefined;
	private settings: TelegramSettings | undefined;
	private current: Open | undefined;
	private retryAt = Number.POSITIVE_INFINITY;
	private said: string | undefined;
	private isClosed = false;
	/** One change of what is open at a time. */
	private running: Promise<unknown> = Promise.resolve();

	constructor(parts: ChannelParts, attended: () => boolean) {
		this.parts = parts;
		this.attended = attended;
		this.timer = setInterval(() => void this.look().then(() => this.current?.desk.settle()), LOOK_EVERY);
		this.timer.unref();
		// Once there is somebody who hears what is wrong with it.
		setImmediate(() => void this.look());
	}

	/** What the file says now is what holds. Never throws. */
	private look(): Promise<void> {
		const result = this.running.then(async () => {
			const mark = markOf(realDisk, this.parts.home.channels);
			const isDue = performance.now() >= this.retryAt;
			if (this.isClosed || (mark === this.mark && !isDue)) return;
			this.mark = mark;
			this.retryAt = Number.POSITIVE_INFINITY;
			try {
				await this.follow();
			} catch (error) {
				this.retryAt = performance.now() + RETRY_EVERY;
				this.say(error instanceof LockedError ? OTHERS(error.holder.pid) : messageOf(error));
			}
		});
		this.running = result;
		return result;
	}

	private async follow(): Promise<void> {
		const found = await readChannels(realDisk, this.parts.home);
		this.settings = found.kind === "good" ? found.telegram : undefined;
		for (const note of found.kind === "good" ? found.notes : found.problems) this.parts.warn(note);
		const isSame = this.current && this.settings && keyOf(this.settings) === keyOf(this.current.settings);
		if (isSame && this.current?.port.isOver === false) return;
		await this.shut();
		if (this.settings) this.current = await this.open(this.settings);
	}

	private async open(settings: TelegramSettings): Promise<Open> {
		const { home, folderId, gate, blobs, owner, record, warn } = this.parts;
		const lock = await lockBot(home, "telegram", settings.token, owner);
		try {
			const kept = await CardsFile.open(realDisk, home, folderId);
			const key = await sharedKey(realDisk, home, "marks");
			const veil = () => new Veil((secret) => createHmac("sha256", key).update(secret).digest("hex").slice(0, 4));
			const { Telegram } = await import("../channels/telegram/telegram.ts");
			const port = new Telegram({
				...settings,
				memory: kept,
				say: (problem) => this.say(problem),
			});
			const chat = String(settings.chat);
			const cards = Object.fromEntries(Object.entries(kept.cards).filter(([, shown]) => shown.chat === chat));
			const parts = {
				gate,
				port,
				clock: systemClock,
				nonce: () => randomBytes(16).toString("base64url"),
				users: () => this.settings?.users.map(String) ?? [],
				approves: () => this.settings?.approve === true,
				delay: () => delayOf(this.settings?.quiet, this.parts.policy(), this.attended(), new Date()),
				draw: (request: Parameters<typeof drawCard>[0], asksWhy: boolean) =>
					drawCard(request, { blobs, veil: veil(), now: Date.now(), clock: timeOf, asksWhy }),
				message: (text: string) => sentence(text, veil()),
				remind: awayText,
				record,
				remember: (standing: CardsFile["cards"]) => kept.keep({ cards: standing }),
				warn,
			};
			const desk = new RemoteDesk(parts, cards);
			port.start(this.listener(desk));
			void desk.settle();
			return { settings, port, desk, lock };
		} catch (error) {
			await lock.release();
			throw error;
		}
	}

	/** Whoever was taken off the list a moment ago is off it. */
	private listener(desk: RemoteDesk): Listener {
		return {
			press: async (...press) => this.look().then(() => desk.press(...press)),
			reply: async (...reply) => this.look().then(() => desk.reply(...reply)),
			refuse: (...refusal) => desk.refuse(...refusal),
		};
	}

	/** To the people at the desk, each thing once. */
	private say(problem: string | undefined): void {
		if (problem === this.said) return;
		if (problem !== undefined) this.parts.warn(`telegram: ${problem}`);
		else if (this.said !== undefined) this.parts.warn("telegram: it works again.");
		this.said = problem;
	}

	private async shut(): Promise<void> {
		const open = this.current;
		this.current = undefined;
		this.said = undefined;
		if (!open) return;
		await open.port.close();
		await open.desk.close();
		await open.lock.release();
	}

	async close(): Promise<void> {
		this.isClosed = true;
		clearInterval(this.timer);
		await this.running;
		await this.shut();
	}
}

const keyOf = ({ token, apiRoot, chat }: TelegramSettings) => JSON.stringify([token, apiRoot, chat]);
const timeOf = (time: number) => localTime(new Date(time).toISOString()).slice(11);
const OTHERS = (pid: number) =>
	`another folder's gate (process ${pid}) has the bot. One folder at a time is reached; the next one when that gate closes.`;
