import type { Press, Shown } from "../../core/remote/buttons.ts";
import type { Person, Wish } from "../../core/remote/remotePort.ts";
import { readData } from "./keyboard.ts";
import type { Telegram } from "./telegram.ts";
import type { Query, Update, Written } from "./update.ts";

/** Whoever decides on what people do there. */
export interface Listener {
	press(press: Press, wish: Wish | undefined, person: Person): Promise<string>;
	reply(chat: string, about: Shown | undefined, text: string, person: Person): Promise<string | undefined>;
	refuse(shown: Shown, person: Person, why: string): Promise<string>;
}

export interface Place {
	/** The bot's own id. */
	readonly bot: number;
	/** The only chat that counts. */
	readonly chat: number;
	readonly port: Pick<Telegram, "answer" | "reply">;
}

/** Takes what somebody did to those who decide, with what the API vouches for, and tells them what came of it. */
export async function carry({ callback_query: query, message }: Update, place: Place, to: Listener): Promise<void> {
	if (query) await place.port.answer(query, await pressed(query, place, to));
	const said = message && (await wrote(message, place, to));
	if (said !== undefined) await place.port.reply(message as Written, said);
}

function pressed(query: Query, place: Place, to: Listener): Promise<string> {
	const person = personOf(query.from);
	const { message } = query;
	const shown = { chat: String(message?.chat.id ?? ""), message: String(message?.message_id ?? "") };
	const stranger = strangeness(query, place);
	const read = readData(query.data ?? "");
	return stranger ? to.refuse(shown, person, stranger) : to.press({ ...shown, nonce: read?.nonce }, read?.wish, person);
}

/** Why a press cannot count, whoever it is from. */
function strangeness({ from, message }: Query, { bot, chat }: Place): string | undefined {
	if (from.is_bot) return "as a bot or an anonymous admin";
	if (!message) return "below a message that is not ours";
	if (message.chat.id !== chat) return "in another chat";
	if (message.forward_origin) return "below a forwarded message";
	if (message.from && message.from.id !== bot) return "below a message that is not ours";
	return undefined;
}

async function wrote(message: Written, place: Place, to: Listener): Promise<string | undefined> {
	const words = wordsOf(message, place.chat);
	if (!words) return undefined;
	const chat = String(place.chat);
	const about = message.reply_to_message && { chat, message: String(message.reply_to_message.message_id) };
	return to.reply(chat, about, words.text, words.person);
}

/** Undefined: words of somebody else, of nobody in particular, or said somewhere else. */
export function wordsOf(message: Written, chat: number): { text: string; person: Person } | undefined {
	const { text, from } = message;
	if (text === undefined || !from || message.chat.id !== chat) return undefined;
	if (from.is_bot || message.sender_chat || message.forward_origin || message.via_bot) return undefined;
	return { text, person: personOf(from) };
}

/** The id counts; the name, which anybody may take, is for the log. */
const personOf = ({ id, username }: { id: number; username?: string | undefined }): Person => ({
	id: String(id),
	name: username ?? "",
});
