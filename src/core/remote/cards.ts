import type { Request } from "../request.ts";
import { isSame, type Shown } from "./buttons.ts";

/** A card that stands, as far as it is known. */
export interface Standing {
	readonly shown: Shown;
	/** What it says and offers; undefined: not known, so it is said anew. */
	state: string | undefined;
	/** A denial was pressed on it, and no reason given yet. */
	asksWhy: boolean;
	/** Since when, monotonic. Ms. */
	readonly since: number;
}

/** Cards that say their last word, known for a press that comes too late. */
const REMEMBERED = 200;

/** Which requests have a card of a channel, and where it stands. */
export class Cards {
	private readonly standing = new Map<string, Standing>();
	private readonly past: { readonly id: string; readonly shown: Shown }[] = [];

	constructor(cards: Readonly<Record<string, Shown>>, now: number) {
		for (const [id, shown] of Object.entries(cards)) this.put(id, shown, undefined, now);
	}

	put(id: string, shown: Shown, state: string | undefined, now: number): void {
		this.standing.set(id, { shown, state, asksWhy: false, since: now });
	}

	get(id: string): Standing | undefined {
		return this.standing.get(id);
	}

	has(id: string): boolean {
		return this.standing.has(id);
	}

	remove(id: string): void {
		const known = this.standing.get(id);
		this.standing.delete(id);
		if (known) this.past.unshift({ id, shown: known.shown });
		this.past.splice(REMEMBERED);
	}

	ids(): string[] {
		return [...this.standing.keys()];
	}

	/** The request whose card stands there. */
	at(shown: Shown): string | undefined {
		return [...this.standing].find(([, one]) => isSame(one.shown, shown))?.[0];
	}

	/** The request whose card stood there, and says what became of it. */
	pastAt(shown: Shown): string | undefined {
		return this.past.find((one) => isSame(one.shown, shown))?.id;
	}

	/** Those that wait for a reason. */
	asking(): Shown[] {
		return [...this.standing.values()].flatMap(({ asksWhy, shown }) => (asksWhy ? [shown] : []));
	}

	/** As they are remembered over a restart. */
	record(): Record<string, Shown> {
		return Object.fromEntries([...this.standing].map(([id, { shown }]) => [id, shown]));
	}
}

/** Nothing more will have to be said of it. */
export function isOver({ status, outcome }: Request): boolean {
	return status !== "waiting" && (status !== "approved" || (outcome !== null && outcome !== "executing"));
}
