import type { MessageEntity } from "grammy/types";
import type { Message } from "../../core/remote/remotePort.ts";

/** Telegram's own limit. UTF-16 units. */
const MAX_TEXT = 4096;

/**
 * Plain text. What others wrote is covered by `code` or `pre`: Telegram makes no link, mention, hashtag or command of
 * what is in one.
 */
export function telegramText({ text, quoted }: Message): { text: string; entities: MessageEntity[] } {
	const shown = text.slice(0, MAX_TEXT).toWellFormed();
	const entities = quoted.flatMap(({ from, to }): MessageEntity[] => {
		const length = Math.min(to, shown.length) - from;
		if (length <= 0) return [];
		const isBlock = shown.slice(from, from + length).includes("\n");
		return [{ type: isBlock ? "pre" : "code", offset: from, length }];
	});
	return { text: shown, entities };
}
