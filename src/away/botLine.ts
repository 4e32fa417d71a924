import { messageOf } from "../base/errors.ts";
import type { Hearing } from "../channels/telegram/hearing.ts";
import type { SharedBot } from "../store/sharedBot.ts";

/** How soon it is seen what another gate heard for this one. Ms. */
const LOOK_EVERY = 150;
/** How soon another gate hears the bot when the one that did is gone. Ms. */
const TRY_EVERY = 1000;

export interface BotLineParts {
	readonly gate: string;
	readonly bot: SharedBot;
	/** Undefined: another gate hears the bot. */
	readonly lock: () => Promise<{ release(): Promise<void> } | undefined>;
	/** Ids of updates that were carried out already, of as many as can come again. */
	readonly known: () => readonly number[];
	/** Durable when it resolves. */
	readonly remember: (id: number) => Promise<void>;
	/** To those who decide here. */
	readonly carry: (update: unknown) => Promise<void>;
	/** The cards that wait for a reason here. */
	readonly asking: () => Parameters<SharedBot["setAsking"]>[1];
	/** A way to hear, from now on. */
	readonly hear: (over: (why: string) => void) => Hearing;
	/** What else is to be done by whoever hears. */
	readonly sweep: () => Promise<void>;
	/** Why nobody hears. */
	readonly deaf: (why: string | undefined) => void;
	readonly say: (problem: string) => void;
	readonly failpoint: (name: string) => void;
}

/**
 * One gate's end of a bot that several share. Telegram lets one process hear: whoever has the lock does, and passes on
 * into the others' inboxes. Every gate, that one too, carries out what lies in its own. When the hearing one is gone, the
 * next one goes on from what Telegram was not told to be heard.
 */
export class BotLine {
	private readonly parts: BotLineParts;
	private readonly looks: NodeJS.Timeout;
	private readonly tries: NodeJS.Timeout;
	private looking: Promise<void> | undefined;
	private trying: Promise<void> | undefined;
	private hearing: { readonly ear: Hearing; readonly lock: { release(): Promise<void> } } | undefined;
	private told = "";
	private isClosed = false;

	constructor(parts: BotLineParts) {
		this.parts = parts;
		this.looks = setInterval(() => void this.look(), LOOK_EVERY);
		this.tries = setInterval(() => void this.try(), TRY_EVERY);
		this.looks.unref();
		this.tries.unref();
		void this.try();
	}

	/** Carries out what came. Never throws. */
	look(): Promise<void> {
		this.looking ??= this.safely(() => this.carryAll()).finally(() => {
			this.looking = undefined;
		});
		return this.looking;
	}

	private async carryAll(): Promise<void> {
		const { gate, bot, known, remember, carry, say, failpoint } = this.parts;
		for (const id of await bot.waiting(gate)) {
			if (this.isClosed) return;
			const update = await bot.take(gate, id);
			failpoint("telegram.taken");
			if (update !== undefined && !known().includes(id)) {
				await carry(update).catch((error) => say(messageOf(error)));
				failpoint("telegram.carried");
				await remember(id);
			}
			await this.tellAsking();
			await bot.drop(gate, id);
		}
		await this.tellAsking();
	}

	/** Before what made it ask is done with: a text that comes next finds it. */
	private async tellAsking(): Promise<void> {
		const { gate, bot, asking } = this.parts;
		const cards = asking();
		const text = JSON.stringify(cards);
		if (text === this.told) return;
		await bot.setAsking(gate, cards);
		this.told = text;
	}

	/** Hears from now on, if nobody else does. Never throws. */
	try(): Promise<void> {
		this.trying ??= this.safely(() => this.tryToHear()).finally(() => {
			this.trying = undefined;
		});
		return this.trying;
	}

	private async tryToHear(): Promise<void> {
		const { bot, lock: tryLock, hear, sweep, deaf } = this.parts;
		if (this.hearing) return sweep();
		if (this.isClosed) return;
		const lock = await tryLock();
		if (!lock) return deaf(await bot.trouble());
		deaf(undefined);
		await bot.clear();
		await bot.setTrouble(undefined);
		// Deaf, it keeps the lock: the next one would only be refused as well, and disturb a phone that is being connected.
		this.hearing = { ear: hear((why) => void this.safely(() => bot.setTrouble(why))), lock };
	}

	private async safely(work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (error) {
			if (!this.isClosed) this.parts.say(messageOf(error));
		}
	}

	/** What is being carried out is; what else came lies there for whoever has the gate next. */
	async close(): Promise<void> {
		this.isClosed = true;
		clearInterval(this.looks);
		clearInterval(this.tries);
		await this.trying;
		await this.hearing?.ear.close();
		await this.looking;
		await this.hearing?.lock.release();
	}
}
