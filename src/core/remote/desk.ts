import type { Clock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import type { Draft } from "../audit/record.ts";
import { type GateDoor, mayApprove, type Reviewer } from "../gateTypes.ts";
import type { Reminder } from "../reminders.ts";
import type { Request } from "../request.ts";
import { Buttons, type Press, type Shown } from "./buttons.ts";
import type { Card, Face, Person, RemotePort, Wish } from "./remotePort.ts";

/** Cards that stand at a time; what else waits is told as a number. */
const MAX_CARDS = 5;
/** Ms. */
const SNOOZE = 60 * 60 * 1000;
/** The number of what else waits is told no more often. Ms. */
const DIGEST_EVERY = 10 * 60 * 1000;

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
	/** How long a request waits at the desk before it comes here; 0 when nobody is there. Undefined: it does not come. */
	readonly delay: () => number | undefined;
	readonly draw: (request: Request) => Promise<Card>;
	readonly remind: (reminder: Reminder) => string;
	/** On record; a press by a stranger is no decision, but it is known. */
	readonly record: (draft: Draft) => Promise<void>;
	/** Where the cards stand, so that a restart finds them again. Durable when it resolves. */
	readonly remember: (cards: Readonly<Record<string, Shown>>) => Promise<void>;
	readonly warn: (message: string) => void;
}

/** What stands there, as far as it is known. */
interface Standing {
	shown: Shown;
	/** What it says and offers; undefined: not known, so it is said anew. */
	state: string | undefined;
	asksWhy: boolean;
}

/**
 * One channel's desk: which cards stand, and what they should say. What should be and what is are compared again and
 * again, so that a lost connection, a restart or a decision elsewhere needs no case of its own. It only carries presses
 * to `gate.decide`; who decides first wins there.
 */
export class RemoteDesk {
	private readonly parts: DeskParts;
	private readonly buttons = new Buttons();
	private readonly standing = new Map<string, Standing>();
	private readonly snoozed = new Map<string, number>();
	private readonly subscriptions: { dispose(): void }[];
	private running: Promise<void> | undefined;
	private again = false;
	private digestAt = Number.NEGATIVE_INFINITY;
	private toldMore = 0;
	private isDown = false;
	private isClosed = false;

	/** @param cards where they stood when the last process ended */
	constructor(parts: DeskParts, cards: Readonly<Record<string, Shown>>) {
		this.parts = parts;
		for (const [id, shown] of Object.entries(cards)) {
			this.standing.set(id, { shown, state: undefined, asksWhy: false });
		}
		this.subscriptions = [
			parts.gate.onDidChange(() => void this.settle()),
			parts.gate.onDidRemind((reminder) => void this.remind(reminder)),
		];
	}

	/** Why the channel does not work, for the people at the desk. */
	get down(): boolean {
		return this.isDown;
	}

	/** Makes what stands there what it should be. Never throws: what fails is tried at the next call. */
	settle(): Promise<void> {
		this.again = true;
		this.running ??= this.settleAll().finally(() => {
			this.running = undefined;
		});
		return this.running;
	}

	private async settleAll(): Promise<void> {
		while (this.again && !this.isClosed) {
			this.again = false;
			try {
				for (const request of this.wanted()) await this.settleOne(request);
				await this.settleGone();
				await this.tellOthers();
				this.isDown = false;
			} catch (error) {
				if (!this.isDown) this.parts.warn(`${this.parts.port.channel}: ${messageOf(error)} It is tried again.`);
				this.isDown = true;
				return;
			}
		}
	}

	/** What has a card, or should have one: those that stand first, then the oldest. */
	private wanted(): Request[] {
		const { gate, clock, delay } = this.parts;
		const all = [...gate.pending(), ...gate.history()];
		const standing = all.filter(({ id }) => this.standing.has(id));
		const after = delay();
		if (after === undefined) return standing;
		const now = clock.now();
		const free = MAX_CARDS - standing.filter(({ status }) => status === "waiting").length;
		const due = gate
			.pending()
			.filter(({ id, requestedAt }) => !this.standing.has(id) && now - requestedAt >= after && !this.sleeps(id, now))
			.sort((one, other) => one.requestedAt - other.requestedAt);
		return [...standing, ...due.slice(0, Math.max(0, free))];
	}

	private sleeps(id: string, now: number): boolean {
		return now < (this.snoozed.get(id) ?? Number.NEGATIVE_INFINITY);
	}

	private async settleOne(request: Request): Promise<void> {
		const { port, draw, nonce, clock, remember } = this.parts;
		const known = this.standing.get(request.id);
		const card = await draw(request);
		const isOpen = request.status === "waiting";
		const kind = !isOpen ? "none" : known?.asksWhy ? "reasons" : "decide";
		const may = isOpen && this.mayApproveHere(request, card);
		const state = `${kind} ${may} ${request.revision} ${request.binding} ${card.text}`;
		if (known?.state === state) return;
		const fresh = nonce();
		const face: Face =
			kind === "none"
				? { kind }
				: kind === "reasons"
					? { kind, nonce: fresh }
					: { kind, nonce: fresh, mayApprove: may };
		// What stands there is not what is meant any more, whether or not it can be changed just now.
		this.buttons.kill(request.id);
		if (!known) {
			const shown = await port.send(card, face);
			this.standing.set(request.id, { shown, state, asksWhy: false });
			if (isOpen) this.buttons.issue(fresh, request, shown, may, clock.now());
			await remember(this.cards());
			return;
		}
		known.state = undefined;
		if (isOpen) this.buttons.issue(fresh, request, known.shown, may, clock.now());
		await port.edit(known.shown, card, face);
		known.state = state;
		if (!isOpen && isOver(request)) {
			this.standing.delete(request.id);
			await remember(this.cards());
		}
	}

	/** Cards of requests that nobody knows any more: there is nothing to say of them. */
	private async settleGone(): Promise<void> {
		const { gate, remember } = this.parts;
		const known = new Set([...gate.pending(), ...gate.history()].map(({ id }) => id));
		const gone = [...this.standing.keys()].filter((id) => !known.has(id));
		if (gone.length === 0) return;
		for (const id of gone) this.standing.delete(id);
		await remember(this.cards());
	}

	/** How many more wait than there are cards; not again and again. */
	private async tellOthers(): Promise<void> {
		const { gate, clock, port, delay } = this.parts;
		if (delay() === undefined) return;
		const more = gate.pending().filter(({ id }) => !this.standing.has(id) && !this.sleeps(id, clock.now())).length;
		const cards = [...this.standing.keys()].length;
		if (cards < MAX_CARDS || more === 0 || more <= this.toldMore) {
			if (more === 0) this.toldMore = 0;
			return;
		}
		const now = clock.monotonic();
		if (now - this.digestAt < DIGEST_EVERY) return;
		this.digestAt = now;
		this.toldMore = more;
		await port.tell(
			`${more} more ${more === 1 ? "request waits" : "requests wait"}. They come here as you decide these.`,
		);
	}

	private mayApproveHere({ plan }: Request, { isWhole }: Card): boolean {
		return isWhole && this.parts.approves() && mayApprove(this.parts.port.channel, plan.tier);
	}

	/**
	 * What somebody pressed or wrote, and what they are told. Only who is on the list, on the card where the button was
	 * put, of a request that is still as it was shown.
	 */
	async press(press: Press, wish: Wish, person: Person): Promise<string> {
		const { clock, port } = this.parts;
		if (!this.parts.users().includes(person.id)) return this.refuse(press, person);
		const pressed = this.buttons.press(press, clock.now());
		if (pressed.kind === "elsewhere") return this.refuse(press, person);
		if (pressed.kind === "dead") return this.dead(press);
		const { request: id, revision, binding, mayApprove: may } = pressed.button;
		const request = this.find(id);
		const known = this.standing.get(id);
		if (known) known.state = undefined;
		if (request?.status !== "waiting" || request.revision !== revision || request.binding !== binding) {
			await this.settle();
			return request ? fate(request) : "It is not known any more.";
		}
		const reviewer: Reviewer = { by: person.name || person.id, via: port.channel };
		const said = await this.carryOut(request, wish, may, reviewer, known);
		await this.settle();
		return said;
	}

	private async carryOut(
		request: Request,
		wish: Wish,
		may: boolean,
		reviewer: Reviewer,
		known: Standing | undefined,
	): Promise<string> {
		const { gate, clock } = this.parts;
		switch (wish.kind) {
			case "approve": {
				if (!may) return "This one is decided at the desk. Here it can be denied.";
				const result = await gate.decide(request.id, { kind: "approve", revision: request.revision }, reviewer);
				return result.kind === "done" ? "Approved." : result.reason;
			}
			case "reason": {
				const result = await gate.decide(request.id, { kind: "deny", reason: wish.reason }, reviewer);
				return result.kind === "done" ? "Denied; the agent is told why." : result.reason;
			}
			case "snooze":
				this.snoozed.set(request.id, clock.now() + SNOOZE);
				return "Nothing is decided. It waits, and you hear of it again in an hour.";
			default:
				if (known) known.asksWhy = wish.kind === "deny";
				return wish.kind === "deny"
					? "Why? Choose a reason, or answer the message with your own."
					: "Nothing is decided.";
		}
	}

	/** A text that answers a card: the reason of a denial, where one was asked for. */
	async reply(shown: Shown, text: string, person: Person): Promise<string | undefined> {
		if (!this.parts.users().includes(person.id)) return undefined;
		const [id, known] =
			[...this.standing].find(([, one]) => one.shown.chat === shown.chat && one.shown.message === shown.message) ?? [];
		const request = id === undefined ? undefined : this.find(id);
		if (!request || !known) return undefined;
		if (!known.asksWhy) return "Press Deny first, then answer with the reason.";
		if (request.status !== "waiting") return fate(request);
		const reviewer: Reviewer = { by: person.name || person.id, via: this.parts.port.channel };
		const result = await this.parts.gate.decide(request.id, { kind: "deny", reason: text }, reviewer);
		await this.settle();
		return result.kind === "done" ? "Denied; the agent is told why." : result.reason;
	}

	/** Somebody who may not, or somewhere where it was not asked: nothing happens, and it is known. */
	private async refuse({ chat, message }: Press, { id, name }: Person): Promise<string> {
		const { port, record, warn } = this.parts;
		warn(`${port.channel}: ${name || "somebody"} (${id}), who may not decide, pressed a button. Nothing was decided.`);
		await record({
			type: "UNAUTH_DECISION",
			by: name || id,
			via: port.channel,
			data: { user: id, chat, message },
		}).catch((error) => warn(messageOf(error)));
		return "You may not decide this.";
	}

	private async dead({ chat, message }: Press): Promise<string> {
		const [id, known] =
			[...this.standing].find(([, { shown }]) => shown.chat === chat && shown.message === message) ?? [];
		if (known) known.state = undefined;
		await this.settle();
		const request = id === undefined ? undefined : this.find(id);
		return request && request.status !== "waiting"
			? fate(request)
			: "This button is not good any more. Look at the message again.";
	}

	private async remind(reminder: Reminder): Promise<void> {
		const { delay, port, remind, clock, warn } = this.parts;
		const isAwake = reminder.requests.some(({ id }) => this.standing.has(id) && !this.sleeps(id, clock.now()));
		if (delay() === undefined || !isAwake) return;
		await port.tell(remind(reminder)).catch((error) => warn(`${port.channel}: ${messageOf(error)}`));
	}

	private find(id: string): Request | undefined {
		const { gate } = this.parts;
		return [...gate.pending(), ...gate.history()].find((request) => request.id === id);
	}

	private cards(): Record<string, Shown> {
		return Object.fromEntries([...this.standing].map(([id, { shown }]) => [id, shown]));
	}

	/** What is on its way still arrives; nothing new is begun. */
	async close(): Promise<void> {
		this.isClosed = true;
		for (const subscription of this.subscriptions) subscription.dispose();
		await this.running;
	}
}

/** Nothing more will have to be said of it. */
function isOver({ status, outcome }: Request): boolean {
	return status !== "approved" || (outcome !== null && outcome !== "executing");
}

function fate({ status, decision, outcome }: Request): string {
	if (!decision) return `It is ${status}.`;
	return `Too late: ${status} by ${decision.by} via ${decision.via}${outcome ? `, ${outcome}` : ""}.`;
}
