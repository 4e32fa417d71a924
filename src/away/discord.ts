import { CardsFile } from "../store/cardsFile.ts";
import type { DiscordSettings } from "../store/channels/discordKeys.ts";
import { realDisk } from "../store/disk.ts";
import type { ChannelKind } from "./channel.ts";
import { deskOf } from "./deskOf.ts";

/** Discord tells every process that has the bot of every press: any number of gates may have it. */
export const discord: ChannelKind<DiscordSettings> = {
	name: "discord",
	pick: (channels) => channels.discord,
	keyOf: ({ token, apiRoot, place }) => JSON.stringify([token, apiRoot, place]),
	async open(options) {
		const { setting, settings, say } = options;
		const kept = await CardsFile.open(realDisk, setting.home, `${setting.folderId}.discord`);
		const { Discord } = await import("../channels/discord/discord.ts");
		const port = new Discord({ ...settings, memory: kept, say });
		const desk = await deskOf(options, port, kept, port.chat, port.paper);
		port.start({
			knows: (press) => desk.knows(press),
			press: (...press) => setting.look().then(() => desk.press(...press)),
			mayWrite: (...press) => setting.look().then(() => desk.mayWrite(...press)),
			refuse: (...refusal) => desk.refuse(...refusal),
		});
		return { desk, isOver: () => port.isOver, close: () => port.close() };
	},
};
