import { isSameText } from "../../base/sameText.ts";
import type { Request } from "../request.ts";

/** Where a card stands, as its channel names it. */
export interface Shown {
	readonly chat: string;
	readonly message: string;
}

export const isSame = (one: Shown, other: Shown): boolean => one.chat === other.chat && one.message === other.message;

/** Who pressed, and on what, as the channel vouches for it. */
export interface Press {
	readonly chat: string;
	readonly message: string;
	/** Undefined: what came with it was never put on a button of ours. */
	readonly nonce: string | undefined;
}

export interface Button {
	readonly request: string;
	readonly revision: number;
	readonly binding: string;
	readonly shown: Shown;
	readonly mayApprove: boolean;
	readonly expires: number;
}

/** A button that was not pressed by then has to be asked for anew. Ms. */
const LIVES = 24 * 60 * 60 * 1000;
/** As many used ones are known to have been good once. */
const REMEMBERED = 1000;

export type Pressed =
	| { readonly kind: "good"; readonly button: Button }
	/** It was good once. */
	| { readonly kind: "dead" }
	/** It is good, but not there. */
	| { readonly kind: "elsewhere" }
	/** Of another process, or made up. */
	| { readonly kind: "unknown" };

/**
 * The live buttons of one channel, by their nonce: 128 random bits, in memory only. Both buttons of a card have the same,
 * and die together: when one was used, the card changed, or the process ended.
 */
export class Buttons {
	private readonly live = new Map<string, Button>();
	private readonly dead = new Set<string>();

	/** The nonce of the buttons of one card, and the end of those that it had before. @param now monotonic, ms */
	issue(nonce: string, { id, revision, binding }: Request, shown: Shown, mayApprove: boolean, now: number): void {
		this.kill(id);
		this.live.set(nonce, { request: id, revision, binding, shown, mayApprove, expires: now + LIVES });
	}

	/** Uses it up, if it is pressed where it was put. What is pressed elsewhere stays as it is. */
	press(press: Press, now: number): Pressed {
		const pressed = this.look(press, now);
		const button = press.nonce === undefined ? undefined : this.find(press.nonce);
		if (button && pressed.kind !== "elsewhere") this.kill(button.request);
		return pressed;
	}

	/** What a press would be, without using anything up. */
	look({ nonce, ...where }: Press, now: number): Pressed {
		if (nonce === undefined) return { kind: "unknown" };
		const button = this.find(nonce);
		if (!button) return { kind: this.dead.has(nonce) ? "dead" : "unknown" };
		if (!isSame(button.shown, where)) return { kind: "elsewhere" };
		return now < button.expires ? { kind: "good", button } : { kind: "dead" };
	}

	/** In a time that says nothing of how much of a guess was right. */
	private find(nonce: string): Button | undefined {
		let found: Button | undefined;
		for (const [known, button] of this.live) {
			if (isSameText(nonce, known)) found = button;
		}
		return found;
	}

	/** Whether it is of this process, live or not any more. */
	knows(nonce: string | undefined): boolean {
		return nonce !== undefined && (this.live.has(nonce) || this.dead.has(nonce));
	}

	/** Whether there is something to press on the request's card. */
	isLive(request: string): boolean {
		return [...this.live.values()].some((button) => button.request === request);
	}

	kill(request: string): void {
		for (const [nonce, button] of this.live) {
			if (button.request !== request) continue;
			this.live.delete(nonce);
			this.dead.add(nonce);
		}
		for (const nonce of this.dead) {
			if (this.dead.size <= REMEMBERED) return;
			this.dead.delete(nonce);
		}
	}
}
