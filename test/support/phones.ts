import * as discord from "./discordDouble.ts";
import * as telegram from "./telegramDouble.ts";

/** A card as it stands on a phone, of whichever channel. */
export interface PhoneCard {
	text: string;
	readonly buttons: readonly { readonly text: string }[];
}

interface PhoneCall {
	readonly method: string;
	readonly body: Record<string, unknown>;
	readonly raw: string;
}

/** What the doubles of all channels have in common. */
export interface PhoneDouble {
	readonly outbound: string;
	readonly calls: readonly PhoneCall[];
	readonly messages: PhoneCard[];
	settings(more?: string, users?: string): string;
	before(call: PhoneCall): Promise<void> | void;
	after(call: PhoneCall): void;
	called(method: string): readonly PhoneCall[];
	fail(status: number, more?: { method?: string; times?: number; retry_after?: number }): void;
	cut(): void;
	mend(): void;
	close(): Promise<void>;
	until<T>(find: () => T | undefined | false, ms?: number): Promise<T>;
	card(pattern: RegExp, pressable?: boolean): Promise<PhoneCard>;
	/** What the person is told. `more` overrides what the channel would vouch for. */
	press(card: PhoneCard, label: string, more?: object): Promise<string>;
	heard(): Promise<void>;
	links(): string[];
}

/** A channel: its double, and what differs in its tests. */
export interface Phone {
	readonly name: "telegram" | "discord";
	start(): Promise<PhoneDouble>;
	/** Somebody hears what is pressed. */
	listening(double: PhoneDouble): Promise<unknown>;
	/** Who is on the list. */
	readonly owner: string;
	/** Settings that name another person, and the same place. */
	withoutOwner(double: PhoneDouble): string;
	withOwner(double: PhoneDouble): string;
	/** Presses that count nothing, whose they are. */
	readonly strangers: readonly [string, object][];
	/** What goes over the wire: a new card, a changed one, and what a person is told after a press. */
	readonly calls: { readonly send: string; readonly edit: string; readonly tell: string };
	/** How many buttons stand there when it asks why. */
	readonly reasons: number;
	/** Characters of a card. */
	readonly most: number;
	dataOf(card: PhoneCard, label: string): string;
	/** Denies in words of the person's own, where the reason was asked for. */
	reason(double: PhoneDouble, card: PhoneCard, text: string): unknown;
}

const dataOf = (key: "callback_data" | "custom_id") => (card: PhoneCard, label: string) =>
	(card.buttons.find(({ text }) => text === label) as Record<string, string> | undefined)?.[key] ?? "";

const MADE_UP: Phone["strangers"] = [
	["the right person, with made up data", { data: `cs1:${"A".repeat(22)}:a` }],
	["the right person, with data of another form", { data: "approve" }],
];

/** With a place of its own, that stays where it is when the list is another one. */
const IN_SERVER = `  channel: "${discord.CHANNEL}"\n`;

export const PHONES: readonly Phone[] = [
	{
		name: "telegram",
		start: () => telegram.TelegramDouble.start(),
		listening: (double) => double.until(() => double.called("getUpdates").length > 0),
		owner: String(telegram.OWNER),
		withOwner: (double) => double.settings(`  chat: ${telegram.OWNER}\n`),
		withoutOwner: (double) => double.settings(`  chat: ${telegram.OWNER}\n`, "[888]"),
		strangers: [
			["somebody who is not on the list, in the right chat", { from: 999, name: "mallory" }],
			["somebody with a name that looks like the right one", { from: 999, name: "zhaocaiwеn" }],
			["somebody with the very name of the right one", { from: 999, name: "zhaocaiwen" }],
			["the right person in another chat", { chat: 999 }],
			["the right person in a group", { chat: -100123 }],
			["the right person below another message", { message: { message_id: 4711 } }],
			["the right person below a forwarded message", { message: { forward_origin: { type: "user", date: 1 } } }],
			[
				"the right person below somebody else's message",
				{ message: { from: { id: 5, is_bot: false, first_name: "x" } } },
			],
			["an anonymous admin", { from: 1087968824, isBot: true, name: "GroupAnonymousBot" }],
			["a bot with the right person's id", { isBot: true }],
			...MADE_UP,
		],
		calls: { send: "sendMessage", edit: "editMessageText", tell: "answerCallbackQuery" },
		reasons: 7,
		most: 3500,
		dataOf: dataOf("callback_data"),
		reason: (double, card, text) =>
			(double as unknown as telegram.TelegramDouble).write(text, { to: card as telegram.Shown }),
	},
	{
		name: "discord",
		start: () => discord.DiscordDouble.start(),
		listening: (double) => (double as unknown as discord.DiscordDouble).listening(),
		owner: discord.OWNER,
		withOwner: (double) => double.settings(IN_SERVER),
		withoutOwner: (double) => double.settings(IN_SERVER, '["700000000000000888"]'),
		strangers: [
			["somebody who is not on the list, in the right chat", { from: "700000000000000999", name: "mallory" }],
			["somebody with a name that looks like the right one", { from: "700000000000000999", name: "zhaocaiwеn" }],
			["somebody with the very name of the right one", { from: "700000000000000999", name: "zhaocaiwen" }],
			["the right person in another private channel", { chat: "600000000000000999" }],
			["the right person in a server", { chat: "899999999999999999" }],
			["the right person below another message", { message: { id: "800000000000004711" } }],
			["a bot with the right person's id", { isBot: true }],
			...MADE_UP,
		],
		calls: { send: "create", edit: "edit", tell: "answer" },
		reasons: 8,
		most: 1900,
		dataOf: dataOf("custom_id"),
		reason: (double, card, text) => (double as unknown as discord.DiscordDouble).write(card as discord.Shown, text),
	},
];
