import * as z from "zod";
import { COMMON, COMMON_REMEDIES, type CommonSettings, commonOf } from "./common.ts";

/** How people away from the desk are reached by Discord. */
export interface DiscordSettings extends CommonSettings {
	readonly token: string;
	/** Who may decide there. */
	readonly users: readonly string[];
	/** A server's channel, or one person's private one. */
	readonly place: { readonly channel: string } | { readonly user: string };
}

const TOKEN = /^[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{20,}$/;

export const isDiscordToken = (text: string): boolean => TOKEN.test(text);

/** Too large for a number: what stands there without quotes has other digits at its end than what was written. */
const snowflake = z.string("not in quotes").regex(/^\d{17,20}$/, "not a numeric id");

const schema = z.strictObject({
	token: z.string().regex(TOKEN, "not a bot's token"),
	users: z.array(snowflake).min(1),
	channel: snowflake.optional(),
	...COMMON,
});

export const discordKeys = {
	schema,
	remedies: {
		token: "Write the token from the page Bot of Discord's developer portal, in quotes.",
		users:
			'Write a list of numeric user ids, each in quotes, for example ["123456789012345678"]; without quotes its last digits are lost. A name can be taken by anybody; run countersign phone discord to find the number.',
		channel:
			'Write the numeric id of a server\'s channel in quotes, for example "123456789012345678", or leave it out for your private messages with the bot.',
		...COMMON_REMEDIES,
	},
	/** A sentence: what is missing. */
	settings({ token, users, channel, ...common }: z.infer<typeof schema>): DiscordSettings | string {
		const [only, ...others] = users;
		if (only === undefined || (channel === undefined && others.length > 0))
			return "several users share a channel: name it with channel.";
		return { token, users, place: channel === undefined ? { user: only } : { channel }, ...commonOf(common) };
	},
};
