import type { InlineKeyboardMarkup } from "grammy/types";
import { buttonData, readButtonData } from "../../core/remote/buttonData.ts";
import { CANNED, type Face, type Wish } from "../../core/remote/remotePort.ts";

export function keyboardOf(face: Face): InlineKeyboardMarkup {
	if (face.kind === "none") return { inline_keyboard: [] };
	const button = (text: string, asked: Parameters<typeof buttonData>[1]) => ({
		text,
		callback_data: buttonData(face.nonce, asked),
	});
	if (face.kind === "decide") {
		const deny = button("Deny", "deny");
		const decide = face.mayApprove ? [button("Approve", "approve"), deny] : [deny];
		return { inline_keyboard: [decide, [button("Later", "snooze")]] };
	}
	return { inline_keyboard: [...CANNED.map((reason, at) => [button(reason, at)]), [button("Back", "back")]] };
}

/** Undefined: no button of ours carries that. Words of their own a person writes in a message here. */
export function readData(data: string): { readonly nonce: string; readonly wish: Wish } | undefined {
	const read = readButtonData(data);
	return read && read.asked.kind !== "write" ? { nonce: read.nonce, wish: read.asked } : undefined;
}
