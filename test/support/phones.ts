import * as discord from "./discordDouble.ts";
import * as telegram from "./telegramDouble.ts";

/** A card as it stands on a phone, of whichever channel. */
export interface PhoneCard {
	text: string;
	buttons: readonly { readonly text: string }[];
}

/** What the doubles of all channels have in common. */
export interface PhoneDouble {
	readonly url: string;
	readonly outbound: string;
	readonly calls: readonly { readonly method: string; readonly body: Record<string, unknown> }[];
	readonly messages: PhoneCard[];
	readonly answers: readonly string[];
	before: (call: { readonly method: string; readonly body: Record<string, unknown> }) => Promise<void> | void;
	after: (call: { readonly method: string; readonly body: Record<string, unknown> }) => void;
	settings(more?: string, users?: string): string;
	called(method: string): readonly unknown[];
	fail(status: number, more?: { method?: string; times?: number; retry_after?: number }): void;
	cut(): void;
	mend(): void;
	close(): Promise<void>;
	until<T>(find: () => T | undefined | false, ms?: number): Promise<T>;
	card(pattern: RegExp, pressable?: boolean): Promise<PhoneCard>;
	press(card: PhoneCard, label: string, more?: { data?: string; twice?: boolean; name?: string }): Promise<string>;
	heard(): Promise<void>;
	links(): string[];
}

/** A channel: its double, and what differs in its tests. */
export interface Phone {
	readonly name: "telegram" | "discord";
	start(): Promise<PhoneDouble>;
	/** Who is on the list. */
	readonly owner: string;
	/** The place of the cards, said outright: settings that hold the same place with another list. */
	readonly place: string;
	readonly stranger: { readonly from: never };
	/** What goes over the wire: a new card, a changed one, what a person is told after a press, hearing. */
	readonly calls: { readonly send: string; readonly edit: string; readonly tell: string; readonly hear: string };
	/** How many buttons ask why. */
	readonly reasons: number;
	dataOf(card: PhoneCard, label: string): string;
	/** Denies in words of the person's own, where the reason was asked for. */
	reason(double: PhoneDouble, card: PhoneCard, text: string): Promise<unknown>;
}

const dataOf = (key: "callback_data" | "custom_id") => (card: PhoneCard, label: string) =>
	(card.buttons.find(({ text }) => text === label) as Record<string, string> | undefined)?.[key] ?? "";

export const PHONES: readonly Phone[] = [
	{
		name: "telegram",
		start: () => telegram.TelegramDouble.start(),
		owner: String(telegram.OWNER),
		place: `  chat: ${telegram.OWNER}\n`,
		stranger: { from: 999 as never },
		calls: { send: "sendMessage", edit: "editMessageText", tell: "answerCallbackQuery", hear: "getUpdates" },
		reasons: 7,
		dataOf: dataOf("callback_data"),
		reason: async (double, card, text) =>
			(double as telegram.TelegramDouble).write(text, { to: card as telegram.Shown }),
	},
	{
		name: "discord",
		start: () => discord.DiscordDouble.start(),
		owner: discord.OWNER,
		place: "",
		stranger: { from: "700000000000000999" as never },
		calls: { send: "create", edit: "edit", tell: "answer", hear: "gateway" },
		reasons: 8,
		dataOf: dataOf("custom_id"),
		reason: (double, card, text) => (double as discord.DiscordDouble).write(card as discord.Shown, text),
	},
];

/** Two settings' users, of somebody else. */
export const other = (phone: Phone): string => (phone.name === "telegram" ? "[888]" : '["700000000000000888"]');
