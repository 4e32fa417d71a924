import type { Shown } from "../../core/remote/buttons.ts";
import { wordsOf } from "./carry.ts";
import type { Telegram } from "./telegram.ts";
import { readUpdate, type Update, type Written } from "./update.ts";

/** The gates that share a bot, as they reach one another. */
export interface Lines {
	gates(): Promise<readonly string[]>;
	/** Durable when it resolves. */
	pass(gate: string, id: number, update: unknown): Promise<void>;
	/** What a gate has not carried out yet. */
	waiting(gate: string): Promise<readonly number[]>;
	/** What has lain there for so long, ms; and whether its gate was at it when it died. */
	old(gate: string, id: number, ms: number): Promise<{ update: unknown; wasTaken: boolean } | undefined>;
	drop(gate: string, id: number): Promise<void>;
	/** The cards on which it waits for a reason. */
	asking(gate: string): Promise<readonly Shown[]>;
	forget(gate: string): Promise<void>;
}

export interface SwitchboardParts {
	/** The gate of whoever hears. */
	readonly own: string;
	readonly chat: number;
	readonly lines: Lines;
	/** Whose message that is. */
	readonly ownerOf: (message: number) => Promise<string | undefined>;
	readonly isRunning: (gate: string) => Promise<boolean>;
	/** Who may decide here, as it is now. */
	readonly users: () => readonly string[];
	readonly port: Pick<Telegram, "answer" | "reply">;
}

/** A gate that starts within this time still takes what came for it. Ms. */
const GRACE = 2000;
/** A text that answers no card waits so long for what came before it. Ms. */
const SETTLES_WITHIN = 5000;

/**
 * Who hears a bot passes what they hear on to the gate whose card it is about, as it came, and decides nothing on it: all
 * checks are that gate's own.
 */
export class Switchboard {
	private readonly parts: SwitchboardParts;

	constructor(parts: SwitchboardParts) {
		this.parts = parts;
	}

	/** When it resolves the update is where nothing can lose it, or is nobody's. */
	async pass(raw: unknown): Promise<void> {
		const update = readUpdate(raw);
		const gate = update && (await this.gateOf(update));
		if (gate !== undefined) await this.parts.lines.pass(gate, update?.update_id ?? 0, raw);
	}

	private async gateOf({ callback_query: query, message }: Update): Promise<string | undefined> {
		const { own, chat } = this.parts;
		// A press that is nobody's is refused, and put on record, by whoever hears it.
		if (query) return (query.message?.chat.id === chat && (await this.ownerOf(query.message.message_id))) || own;
		const words = message && wordsOf(message, chat);
		if (!words || !this.parts.users().includes(words.person.id)) return undefined;
		const about = message.reply_to_message;
		return about ? this.ownerOf(about.message_id) : this.askingGate(message);
	}

	private ownerOf(message: number): Promise<string | undefined> {
		return this.parts.ownerOf(message);
	}

	/** A text that answers no card is for the only card that asks why, of all gates; with several it is for none. */
	private async askingGate(message: Written): Promise<string | undefined> {
		const { lines, chat, port } = this.parts;
		const gates = await this.running();
		// What was pressed before it may make one more card ask.
		const isClear = await this.settled(gates);
		const all = await Promise.all(
			gates.map(async (gate) => (await lines.asking(gate)).map((card) => ({ gate, card }))),
		);
		const asking = all.flat().filter(({ card }) => card.chat === String(chat));
		if (isClear && asking.length < 2) return asking[0]?.gate;
		await port.reply(message, UNCLEAR);
		return undefined;
	}

	private async running(): Promise<string[]> {
		const { lines, own, isRunning } = this.parts;
		const gates = await lines.gates();
		const running = await Promise.all(gates.map(async (gate) => gate === own || (await isRunning(gate))));
		return gates.filter((_, at) => running[at]);
	}

	private async settled(gates: readonly string[]): Promise<boolean> {
		for (const end = performance.now() + SETTLES_WITHIN; ; ) {
			const left = await Promise.all(gates.map((gate) => this.parts.lines.waiting(gate)));
			if (left.every((ids) => ids.length === 0)) return true;
			if (performance.now() > end) return false;
			await new Promise((done) => setTimeout(done, 20));
		}
	}

	/** Who pressed on a card of a gate that does not run is told so; nothing is decided, and its card stays as it is. */
	async sweep(): Promise<void> {
		const { lines, own, isRunning } = this.parts;
		for (const gate of await lines.gates()) {
			if (gate === own || (await isRunning(gate))) continue;
			const ids = await lines.waiting(gate);
			if (ids.length === 0) await lines.forget(gate);
			for (const id of ids) await this.turnAway(gate, id);
		}
	}

	private async turnAway(gate: string, id: number): Promise<void> {
		const { lines, port } = this.parts;
		const old = await lines.old(gate, id, GRACE);
		if (!old) return;
		await lines.drop(gate, id);
		const update = readUpdate(old.update);
		const said = old.wasTaken ? STOPPED : NOT_RUNNING;
		if (update?.callback_query) await port.answer(update.callback_query, said);
		if (update?.message) await port.reply(update.message, said);
	}
}

const NOT_RUNNING = "Nothing is decided. The gate of this card is not running; start it, and the card works again.";
const STOPPED = "The gate of this card stopped just then. When it runs again, the card says what became of it.";
const UNCLEAR = "Nothing is decided. More than one card may be meant; answer the one that you mean.";
