import type { Channel } from "../gateTypes.ts";
import type { Shown } from "./buttons.ts";

/** Plain text for a person away from the desk: nothing in it is markup. */
export interface Message {
	readonly text: string;
	/** What somebody else wrote, or may have: never to be made a link, a mention or a command of. UTF-16 units, ascending. */
	readonly quoted: readonly { readonly from: number; readonly to: number }[];
}

/** What a person away from the desk reads of one request. */
export interface Card extends Message {
	/** Everything that the request would do stands in it, nothing cut and nothing taken out: only then it may be approved there. */
	readonly isWhole: boolean;
}

/** What can be pressed below a card. */
export type Face =
	| { readonly kind: "decide"; readonly nonce: string; readonly mayApprove: boolean }
	/** The person wants to deny; one of `CANNED`, a text of their own, or back. */
	| { readonly kind: "reasons"; readonly nonce: string }
	| { readonly kind: "none" };

/** Why people deny, in a tap. */
export const CANNED = [
	"Not this file.",
	"Too dangerous; find a way that can be undone.",
	"Not now. Go on with something else.",
	"Ask me at the desk; I want to see it in full.",
	"Wrong approach. Stop and explain your plan.",
	"It is production.",
] as const;

/** An agent is told a reason, not a document. Characters. */
export const MAX_REASON = 1000;

/** The channel does not work just now, for any card; the port has told why. */
export class Unreachable extends Error {
	override readonly name = "Unreachable";
	/** What was asked for may have been done all the same. */
	readonly maybe: boolean;

	constructor(message: string, maybe = false) {
		super(message);
		this.maybe = maybe;
	}
}

/** By its name: a channel is a program file of its own, with a class of its own. */
export const isUnreachable = (error: unknown): error is Unreachable =>
	error instanceof Error && error.name === "Unreachable";

/**
 * A way to a person who is not here. It shows cards, says where they stand, and vouches for who presses; it decides
 * nothing and knows no gate.
 */
export interface RemotePort {
	readonly channel: Extract<Channel, "telegram" | "discord">;
	/**
	 * Two times for the same request it is one card, also when nobody knows whether the first one arrived.
	 * @throws Unreachable, or Error when only this one could not be shown; it is tried again
	 */
	send(card: Card, face: Face, request: string): Promise<Shown>;
	/** False: it does not stand there any more. @throws Unreachable, or Error when only this one could not be changed */
	edit(shown: Shown, card: Card, face: Face): Promise<boolean>;
	/** With nothing to press; `about`: in answer to that card. @throws as send */
	tell(message: Message, about?: Shown): Promise<void>;
	/** Nothing below a message of ours can be pressed any more. Never throws. */
	strip(shown: Shown): Promise<void>;
}

/** What a press or a reply asks for. */
export type Wish =
	| { readonly kind: "approve" | "deny" | "snooze" | "back" }
	| { readonly kind: "reason"; readonly reason: string };

/** Who it was, as the channel vouches for it: the id counts, the name is for the log. */
export interface Person {
	readonly id: string;
	readonly name: string;
}
