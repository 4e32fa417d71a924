import { isSameText } from "../base/sameText.ts";

export interface RoundOptions {
	/** What the person has to send, as it stands on their screen. */
	readonly code: string;
	readonly signal?: AbortSignal | undefined;
}

export type Paired<Id> =
	| { readonly kind: "paired"; readonly user: Id; readonly name: string }
	| { readonly kind: "over"; readonly why: string };

/** Ms. */
const WITHIN = 5 * 60 * 1000;
const MAX_WRONG = 5;

export const RIGHT = "That is the code. Whoever sits at the screen now confirms you.";
export const WRONG = "That is not the code on the screen.";

/** One code on a screen, until somebody sent it, too many were wrong, or the time is over. */
export class PairingRound<Id> {
	readonly ended: Promise<Paired<Id>>;
	private readonly code: string;
	private readonly timer: NodeJS.Timeout;
	private wrong = 0;
	private end: (result: Paired<Id>) => void = () => undefined;

	constructor({ code, signal }: RoundOptions) {
		this.code = code;
		const result = new Promise<Paired<Id>>((done) => {
			this.end = done;
		});
		this.timer = setTimeout(() => this.over("Nobody sent the code within five minutes."), WITHIN);
		this.ended = result.finally(() => clearTimeout(this.timer));
		signal?.addEventListener("abort", () => this.over("It was stopped."));
	}

	/** Too many were wrong: nothing more is heard. */
	get isSpent(): boolean {
		return this.wrong >= MAX_WRONG;
	}

	/** A wrong one counts before anything is waited for: many at once are many. */
	isRight(given: string): boolean {
		const isRight = isSameText(given, this.code);
		if (!isRight) this.wrong++;
		return isRight;
	}

	/** Whoever sent a wrong one was told. */
	goOn(): void {
		if (this.isSpent) this.over(`${MAX_WRONG} wrong codes were sent. Somebody else may know the bot; start again.`);
	}

	found(user: Id, name: string): void {
		this.end({ kind: "paired", user, name });
	}

	over(why: string): void {
		this.end({ kind: "over", why });
	}
}
