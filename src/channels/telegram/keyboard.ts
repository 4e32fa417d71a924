import type { InlineKeyboardMarkup } from "grammy/types";
import { CANNED, type Face, type Wish } from "../../core/remote/remotePort.ts";

/** What comes back when a button is pressed: nothing but a nonce and a letter, at most 64 bytes. */
const DATA = /^cs1:([A-Za-z0-9_-]{22}):([adsb0-9])$/;
const LETTERS = { approve: "a", deny: "d", snooze: "s", back: "b" } as const;

export function keyboardOf(face: Face): InlineKeyboardMarkup {
	if (face.kind === "none") return { inline_keyboard: [] };
	const button = (text: string, letter: string) => ({ text, callback_data: `cs1:${face.nonce}:${letter}` });
	const of = (text: string, kind: keyof typeof LETTERS) => button(text, LETTERS[kind]);
	if (face.kind === "decide") {
		const deny = of("Deny", "deny");
		const decide = face.mayApprove ? [of("Approve", "approve"), deny] : [deny];
		return { inline_keyboard: [decide, [of("Later", "snooze")]] };
	}
	return { inline_keyboard: [...CANNED.map((reason, at) => [button(reason, String(at))]), [of("Back", "back")]] };
}

/** Undefined: no button of ours carries that. */
export function readData(data: string): { readonly nonce: string; readonly wish: Wish } | undefined {
	const [, nonce, letter] = DATA.exec(data) ?? [];
	if (nonce === undefined || letter === undefined) return undefined;
	const reason = CANNED[Number(letter)];
	if (reason !== undefined) return { nonce, wish: { kind: "reason", reason } };
	const kind = Object.entries(LETTERS).find(([, one]) => one === letter)?.[0] as keyof typeof LETTERS | undefined;
	return kind && { nonce, wish: { kind } };
}
