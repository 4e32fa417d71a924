import { randomInt } from "node:crypto";
import { isSafeRoot } from "../store/channels/common.ts";
import { isDiscordToken } from "../store/channels/discordKeys.ts";
import { writeDiscordUser } from "../store/channelsFile.ts";
import { realDisk } from "../store/disk.ts";
import { type Home, openHome } from "../store/home.ts";

export interface PairDiscord {
	readonly home: Home;
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** Tells the person what to send, and the address that invites the bot; again after a lost connection. */
	readonly show: (code: string, invitation: string) => void;
	readonly signal?: AbortSignal;
}

/**
 * Puts one person's Discord into channels.yaml, and takes whoever was there before off it; gates that run notice by
 * themselves. @throws Error with what to do
 */
export async function pairDiscord({
	home,
	token,
	apiRoot,
	show,
	signal,
}: PairDiscord): Promise<{ user: string; name: string }> {
	if (!isDiscordToken(token)) {
		throw new Error(
			"That is not a bot's token. Discord's developer portal gives you one on the page Bot; it has three parts with dots between.",
		);
	}
	if (apiRoot !== undefined && !isSafeRoot(apiRoot)) throw new Error("The address must begin with https://.");
	await openHome(realDisk, home);
	const code = String(randomInt(1_000_000)).padStart(6, "0");
	const { pair } = await import("../channels/discord/discord.ts");
	const paired = await pair({ token, apiRoot, code, started: (invitation) => show(code, invitation), signal });
	if (paired.kind === "over") throw new Error(`No phone was connected. ${paired.why}`);
	await writeDiscordUser(realDisk, home, { token, user: paired.user, apiRoot });
	return paired;
}
