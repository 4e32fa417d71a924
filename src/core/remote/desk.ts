import type { Clock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import type { Draft } from "../audit/record.ts";
import { type DecideResult, type GateDoor, mayApprove, type Reviewer } from "../gateTypes.ts";
import type { Reminder } from "../reminders.ts";
import type { Request } from "../request.ts";
import { type Button, Buttons, type Press, type Shown } from "./buttons.ts";
import { Cards, isOver, type Standing } from "./cards.ts";
import {
	type Card,
	type Face,
	isUnreachable,
	MAX_REASON,
	type Message,
	type Person,
	type RemotePort,
	type Wish,
} from "./remotePort.ts";

/** Cards that stand at a time; what else waits is told as a number. */
const MAX_CARDS = 5;
/** Ms. */
const SNOOZE = 60 * 60 * 1000;
/** The number of what else waits is told no more often. Ms. */
const DIGEST_EVERY = 10 * 60 * 1000;
/** A card that came just now is its own reminder. Ms. */
const FRESH = 20_000;
/** Strangers that press on and on are put on record no more often than this in a minute. */
const MAX_REFUSALS = 30;
/** A card that could not be shown is tried again after this. Ms. */
const RETRY = 60_000;

export interface DeskParts {
	readonly gate: GateDoor;
	readonly port: RemotePort;
	readonly clock: Clock;
	/** 128 random bits, at most 22 characters that go into a button. */
	readonly nonce: () => string;
	/** Who may decide here, as it is now: whoever is taken off the list is refused at the next press. */
	readonly users: () => readonly string[];
	/** Whether this person's channel approves at all; it can always deny. */
	readonly approves: () => boolean;
	/** How long a request waits at the desk before it comes here, ms; 0 when nobody is there. Undefined: it does not come. */
	readonly delay: () => number | undefined;
	readonly draw: (request: Request, asksWhy: boolean) => Promise<Card>;
	/** A sentence for there, without what must not leave the machine. */
	readonly message: (text: string) => Message;
	readonly remind: (reminder: Reminder) => string;
	/** On record; a press by a stranger is no decision, but it is known. */
	readonly record: (draft: Draft) => Promise<unknown>;
	/** Where the cards stand, so that a restart finds them again. Durable when it resolves. */
	readonly remember: (cards: Readonly<Record<string, Shown>>) => Promise<void>;
	readonly warn: (message: string) => void;
}

/**
 * One channel's desk: which cards stand, and what they should say. What should be and what is are compared again and
 * again, so that a lost connection, a restart or a decision elsewhere needs no case of its own. It only carries presses
 * to `gate.decide`; who decides first wins there.
 */
export class RemoteDesk {
	private readonly parts: DeskParts;
	private readonly buttons = new Buttons();
	private readonly cards: Cards;
	/** Until when each is quiet, monotonic. Ms. */
	private readonly snoozed = new Map<string, number>();
	private readonly subscriptions: { dispose(): void }[];
	private running: Promise<void> | undefined;
	private again = false;
	private digestAt = Number.NEGATIVE_INFINITY;
	private toldMore = 0;
	/** What is to be told once more, as soon as it can be. */
	private reminder: Reminder | undefined;
	private refusals: number[] = [];
	private toldLast = "";
	/** The card that was sent last: it can be pressed before we hear where it stands. */
	private coming: Promise<void> | undefined;
	/** What could not be shown, and when it is tried again, monotonic. Ms. */
	private readonly stuck = new Map<string, number>();
	private isClosed = false;

	/** @param cards where they stood when the last process ended */
	constructor(parts: DeskParts, cards: Readonly<Record<string, Shown>>) {
		this.parts = parts;
		this.cards = new Cards(cards, parts.clock.monotonic());
		this.subscriptions = [
			parts.gate.onDidChange(() => void this.settle()),
			parts.gate.onDidRemind((reminder) => this.remind(reminder)),
		];
	}

	/** Makes what stands there what it should be. Never throws: what fails is tried at the next call. */
	settle(): Promise<void> {
		this.again = true;
		this.running ??= this.settleAll();
		return this.running;
	}

	private async settleAll(): Promise<void> {
		// Not before it has its name.
		await undefined;
		while (this.again && !this.isClosed) {
			this.again = false;
			try {
				await this.settleOnce();
				this.toldLast = "";
			} catch (error) {
				// The port has told that it cannot be reached; whatever else it is, is told here.
				const words = `${this.parts.port.channel}: ${messageOf(error)}`;
				if (!isUnreachable(error) && words !== this.toldLast) this.parts.warn(words);
				this.toldLast = words;
				break;
			}
		}
		this.running = undefined;
	}

	private async settleOnce(): Promise<void> {
		const { gate, remember } = this.parts;
		const all = new Map(
			[...gate.pending(), ...(this.cards.ids().length > 0 ? gate.history() : [])].map((one) => [one.id, one]),
		);
		const gone = this.cards.ids().filter((id) => !all.has(id));
		for (const id of gone) this.cards.remove(id);
		if (gone.length > 0) await remember(this.cards.record());
		const standing = this.cards.ids().flatMap((id) => all.get(id) ?? []);
		const free = Math.max(0, MAX_CARDS - standing.filter(({ status }) => status === "waiting").length);
		for (const request of [...standing, ...this.due().slice(0, free)]) {
			if (this.isClosed) return;
			await this.settleOne(request);
		}
		await this.wake();
		await this.tellReminder();
		await this.tellOthers();
	}

	/** What should have a card and has none, the oldest first. */
	private due(): readonly Request[] {
		const { gate, clock, delay } = this.parts;
		const after = delay();
		if (after === undefined) return [];
		const now = clock.now();
		// A clock that was set back must not keep anything from coming.
		const isDue = ({ requestedAt }: Request) => now < requestedAt || now - requestedAt >= after;
		const due = gate.pending().filter((request) => !this.cards.has(request.id) && isDue(request));
		return [...due].sort((one, other) => one.requestedAt - other.requestedAt);
	}

	/** One that cannot be shown does not keep the others from being shown. @throws Unreachable */
	private async settleOne(request: Request): Promise<void> {
		const { clock, port, warn } = this.parts;
		if (clock.monotonic() < (this.stuck.get(request.id) ?? Number.NEGATIVE_INFINITY)) return;
		try {
			await this.show(request, this.cards.get(request.id));
			this.stuck.delete(request.id);
		} catch (error) {
			if (isUnreachable(error)) throw error;
			if (!this.stuck.has(request.id)) warn(`${port.channel}: #${request.seq} cannot be shown: ${messageOf(error)}`);
			this.stuck.set(request.id, clock.monotonic() + RETRY);
		}
	}

	private async show(request: Request, known: Standing | undefined): Promise<void> {
		const { port, draw, nonce, clock, remember } = this.parts;
		const isOpen = request.status === "waiting";
		const asksWhy = isOpen && known?.asksWhy === true;
		const state = stateOf(request, asksWhy, this.parts.approves());
		if (known && known.state === state) return;
		// Of what it was when it was drawn: it may change while we wait.
		const seen = { ...request };
		const card = await draw(seen, asksWhy);
		const may = isOpen && this.mayApproveHere(seen, card);
		const fresh = nonce();
		const face = faceOf(isOpen, asksWhy, may, fresh);
		// What stands there is not what is meant any more, whether or not it can be changed just now.
		this.buttons.kill(seen.id);
		if (known) {
			known.state = undefined;
			if (isOpen) this.buttons.issue(fresh, seen, known.shown, may, clock.monotonic());
			const stands = await port.edit(known.shown, card, face);
			if (stands) known.state = state;
			if (!stands || isOver(seen)) await this.forget(seen.id);
			if (stands || !isOpen) return;
		}
		const sent = port.send(card, face, seen.id).then((shown) => {
			this.cards.put(seen.id, shown, state, clock.monotonic());
			if (isOpen) this.buttons.issue(fresh, seen, shown, may, clock.monotonic());
		});
		this.coming = sent;
		await sent;
		await remember(this.cards.record());
	}

	private async forget(id: string): Promise<void> {
		this.buttons.kill(id);
		this.cards.remove(id);
		this.snoozed.delete(id);
		await this.parts.remember(this.cards.record());
	}

	/** What was put off comes up again, in answer to its card: a change of a message makes no sound. */
	private async wake(): Promise<void> {
		const { clock, port, message, delay } = this.parts;
		if (delay() === undefined) return;
		for (const [id, until] of this.snoozed) {
			if (clock.monotonic() < until) continue;
			const known = this.cards.get(id);
			const request = this.find(id);
			if (known && request?.status === "waiting") await port.tell(message(`#${request.seq} still waits.`), known.shown);
			this.snoozed.delete(id);
		}
	}

	/** How many more wait than there are cards; not again and again. */
	private async tellOthers(): Promise<void> {
		const { clock, port, delay, message } = this.parts;
		if (delay() === undefined) return;
		const more = this.due().length;
		if (more === 0) this.toldMore = 0;
		if (this.cards.ids().length < MAX_CARDS || more <= this.toldMore) return;
		const now = clock.monotonic();
		if (now - this.digestAt < DIGEST_EVERY) return;
		const words = more === 1 ? "1 more request waits. It comes" : `${more} more requests wait. They come`;
		await port.tell(message(`${words} here as you decide these.`));
		this.digestAt = now;
		this.toldMore = more;
	}

	private mayApproveHere({ plan }: Request, { isWhole }: Card): boolean {
		return isWhole && this.parts.approves() && mayApprove(this.parts.port.channel, plan.tier);
	}

	/**
	 * What somebody pressed, and what they are told. Only who is on the list, on the card where the button was put, of a
	 * request that is still as it was shown. Resolves as soon as a decision is durable.
	 */
	async press(press: Press, wish: Wish | undefined, person: Person): Promise<string> {
		const button = await this.buttonOf(wish ? press : { ...press, nonce: undefined }, person, "press");
		if (typeof button === "string") return button;
		if (!wish) return LOOK;
		const { request: id, revision, binding, mayApprove: may } = button;
		const request = this.find(id);
		const known = this.cards.get(id);
		if (known) known.state = undefined;
		try {
			if (!request) return "It is not known any more.";
			if (request.status !== "waiting") return fate(request);
			if (request.revision !== revision || request.binding !== binding) return LOOK;
			if (wish.kind === "approve" && !may) return await this.refuse(press, person, "no approval was offered");
			return await this.carryOut(request, wish, person, known);
		} finally {
			void this.settle();
		}
	}

	/**
	 * Whether the card or the button is one of ours: where several gates have the same bot, each hears of every press. Waits
	 * for the card that is on its way.
	 */
	async knows(press: Press): Promise<boolean> {
		await this.coming?.catch(() => undefined);
		const [standing, past] = [this.cards.at(press), this.cards.pastAt(press)];
		return standing !== undefined || past !== undefined || this.buttons.knows(press.nonce);
	}

	/** Before the person is asked for words of their own: what they are told instead; undefined: they may go on. Nothing is used up. */
	async mayWrite(press: Press, person: Person): Promise<string | undefined> {
		const button = await this.buttonOf(press, person, "look");
		return typeof button === "string" ? button : undefined;
	}

	/** The live button that was pressed by somebody who may, or what they are told. */
	private async buttonOf(press: Press, person: Person, how: "press" | "look"): Promise<Button | string> {
		if (!this.parts.users().includes(person.id)) return this.refuse(press, person, "not on the list");
		await this.coming?.catch(() => undefined);
		const pressed = this.buttons[how](press, this.parts.clock.monotonic());
		if (pressed.kind === "elsewhere") return this.refuse(press, person, "not where the button was put");
		if (pressed.kind !== "good") return this.noButton(press, person, pressed.kind === "unknown");
		return pressed.button;
	}

	private async carryOut(request: Request, wish: Wish, person: Person, known: Standing | undefined): Promise<string> {
		switch (wish.kind) {
			case "approve":
				return told(await this.decide(request, { kind: "approve", revision: request.revision }, person), "Approved.");
			case "reason":
				return told(await this.decide(request, { kind: "deny", reason: reasonOf(wish.reason) }, person), DENIED);
			case "snooze":
				this.snoozed.set(request.id, this.parts.clock.monotonic() + SNOOZE);
				return "Nothing is decided. It waits, and you hear of it again in an hour.";
			default:
				if (known) known.asksWhy = wish.kind === "deny";
				return wish.kind === "deny" ? "Why? Choose a reason, or write your own." : "Nothing is decided.";
		}
	}

	private decide(request: Request, choice: Parameters<GateDoor["decide"]>[1], person: Person): Promise<DecideResult> {
		const reviewer: Reviewer = { by: person.name || person.id, via: this.parts.port.channel };
		return this.parts.gate.decide(request.id, choice, reviewer);
	}

	/** The cards on which a denial was pressed, and no reason given yet. */
	asking(): readonly Shown[] {
		return this.cards.asking();
	}

	/**
	 * A text of somebody: the reason of a denial, where one was asked for; never anything else. `about`: the card that it
	 * answers. Undefined: there is nothing to say to it.
	 */
	async reply(chat: string, about: Shown | undefined, text: string, person: Person): Promise<string | undefined> {
		if (!this.parts.users().includes(person.id)) return undefined;
		const asking = this.asking().filter((one) => one.chat === chat);
		const shown = about ?? (asking.length === 1 ? asking[0] : undefined);
		const id = shown && this.cards.at(shown);
		const request = id === undefined ? undefined : this.find(id);
		const known = id === undefined ? undefined : this.cards.get(id);
		if (!request || !known || known.shown.chat !== chat) return undefined;
		if (request.status !== "waiting") return fate(request);
		if (!known.asksWhy) return "Nothing is decided. Press Deny first, then write the reason.";
		if (text.trim() === "") return "Write the reason in words.";
		known.state = undefined;
		try {
			return told(await this.decide(request, { kind: "deny", reason: reasonOf(text) }, person), DENIED);
		} finally {
			void this.settle();
		}
	}

	/** Somebody who may not, or somewhere where it was not asked: nothing happens, and it is known. */
	async refuse({ chat, message }: Shown, { id, name }: Person, why: string): Promise<string> {
		const { port, record, warn, clock } = this.parts;
		const now = clock.monotonic();
		this.refusals = this.refusals.filter((at) => now - at < 60_000);
		if (this.refusals.push(now) > MAX_REFUSALS) return NOT_YOU;
		warn(`${port.channel}: ${name || "somebody"} (${id}) pressed a button, ${why}. Nothing was decided.`);
		const request = this.cards.at({ chat, message });
		await record({
			type: "UNAUTH_DECISION",
			...(request === undefined ? {} : { request }),
			summary: why,
			by: name || id,
			via: port.channel,
			data: { user: id, chat, message },
		}).catch((error) => warn(messageOf(error)));
		return NOT_YOU;
	}

	/** A button that is used up, out of date or of another process; or, on a card with live ones, made up. */
	private async noButton(press: Press, person: Person, isUnknown: boolean): Promise<string> {
		const id = this.cards.at(press);
		const known = id === undefined ? undefined : this.cards.get(id);
		if (id === undefined || !known) {
			await this.parts.port.strip(press);
			return this.fateOf(this.cards.pastAt(press));
		}
		if (isUnknown && this.buttons.isLive(id)) return this.refuse(press, person, "no button of ours");
		known.state = undefined;
		void this.settle();
		return this.fateOf(id);
	}

	private fateOf(id: string | undefined): string {
		const request = id === undefined ? undefined : this.find(id);
		return request && request.status !== "waiting" ? fate(request) : LOOK;
	}

	private remind(reminder: Reminder): void {
		const now = this.parts.clock.monotonic();
		const isHeard = ({ id }: Request) => {
			const known = this.cards.get(id);
			return known !== undefined && now - known.since >= FRESH && !this.snoozed.has(id);
		};
		if (!reminder.requests.some(isHeard)) return;
		this.reminder = reminder;
		void this.settle();
	}

	/** One message for all that waits; what cannot be told now, at night neither, is told as soon as it can be. */
	private async tellReminder(): Promise<void> {
		const { delay, port, remind, message, clock } = this.parts;
		const { reminder } = this;
		if (!reminder || delay() === undefined) return;
		const requests = reminder.requests.filter(({ id }) => this.find(id)?.status === "waiting");
		const oldest = Math.max(reminder.oldest, ...requests.map(({ requestedAt }) => clock.now() - requestedAt));
		if (requests.length > 0) await port.tell(message(remind({ ...reminder, requests, oldest })));
		if (this.reminder === reminder) this.reminder = undefined;
	}

	private find(id: string): Request | undefined {
		const { gate } = this.parts;
		return gate.pending().find((request) => request.id === id) ?? gate.history().find((request) => request.id === id);
	}

	/** What is on its way still arrives; nothing new is begun. */
	async close(): Promise<void> {
		this.isClosed = true;
		for (const subscription of this.subscriptions) subscription.dispose();
		await this.running;
	}
}

/** All that a card is drawn from, but for contents, which the binding names. */
const stateOf = (request: Request, asksWhy: boolean, approves: boolean): string => {
	const { revision, binding, status, outcome, detail, decision, plan } = request;
	return JSON.stringify([
		revision,
		binding,
		status,
		outcome,
		detail,
		decision?.time,
		plan.tier,
		plan.why,
		asksWhy,
		approves,
	]);
};

function faceOf(isOpen: boolean, asksWhy: boolean, mayApprove: boolean, nonce: string): Face {
	if (!isOpen) return { kind: "none" };
	return asksWhy ? { kind: "reasons", nonce } : { kind: "decide", nonce, mayApprove };
}

const reasonOf = (text: string) => text.trim().slice(0, MAX_REASON).toWellFormed();

const NOT_YOU = "You may not decide this.";
const LOOK = "This button is not good any more. Look at the message again.";
const DENIED = "Denied; the agent is told why.";

/** A refusal names paths, which are not for everybody's eyes: the card tells the rest. */
const told = (result: DecideResult, done: string): string =>
	result.kind === "done"
		? done
		: result.request.status === "waiting"
			? `Nothing is decided. ${WHY_NOT}`
			: fate(result.request);

const WHY_NOT = "It changed, or it can only be approved at the desk. Look at the message again.";

function fate({ status, decision, outcome }: Request): string {
	if (!decision) return `It is ${status}.`;
	return `Too late: ${status} by ${decision.by} via ${decision.via}${outcome ? `, ${outcome}` : ""}.`;
}
