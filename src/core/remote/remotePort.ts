import type { Channel } from "../gateTypes.ts";
import type { Shown } from "./buttons.ts";

/** What a person away from the desk reads of one request. Plain text: nothing in it is markup. */
export interface Card {
	readonly text: string;
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

/**
 * A way to a person who is not here. It shows cards, says where they stand, and vouches for who presses; it decides
 * nothing and knows no gate.
 */
export interface RemotePort {
	readonly channel: Extract<Channel, "telegram" | "discord">;
	/** @throws Error when it could not be shown; it is tried again */
	send(card: Card, face: Face): Promise<Shown>;
	/** @throws Error when it could not be changed; it is tried again */
	edit(shown: Shown, card: Card, face: Face): Promise<void>;
	/** A sentence, with nothing to press. */
	tell(text: string): Promise<void>;
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
