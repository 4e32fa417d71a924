import { createHmac, randomBytes } from "node:crypto";
import { systemClock } from "../base/clock.ts";
import { RemoteDesk } from "../core/remote/desk.ts";
import type { Card, RemotePort } from "../core/remote/remotePort.ts";
import { Veil } from "../core/remote/veil.ts";
import type { Request } from "../core/request.ts";
import { awayText, drawCard, sentenceOf } from "../present/card.ts";
import { localTime } from "../present/logText.ts";
import type { CardsFile } from "../store/cardsFile.ts";
import { realDisk } from "../store/disk.ts";
import { sharedKey } from "../store/keys.ts";
import type { ChannelSettings, OpenOptions } from "./channel.ts";
import { delayOf } from "./delay.ts";

/** What a channel has less room for than a card usually takes. */
interface Paper {
	/** Characters of a card that fit as a rule. */
	readonly most: number;
	/** By how many characters a card is too long for it all the same. */
	readonly over: (card: Card) => number;
}

/** The desk of a channel: what stands in `chat`, what goes there and who may decide there. */
export async function deskOf<Settings extends ChannelSettings>(
	{ setting, now }: OpenOptions<Settings>,
	port: RemotePort,
	kept: CardsFile,
	chat: string,
	paper?: Paper,
): Promise<RemoteDesk> {
	const { gate, blobs, record, warn, home, workspace, policy, attended, link } = setting;
	const key = await sharedKey(realDisk, home, "marks");
	const veil = () => new Veil((secret) => createHmac("sha256", key).update(secret).digest("hex").slice(0, 4));
	const parts = {
		gate,
		port,
		clock: systemClock,
		nonce: () => randomBytes(16).toString("base64url"),
		users: () => now()?.users.map(String) ?? [],
		approves: () => now()?.approve === true,
		delay: () => delayOf(port.channel, now()?.quiet, policy(), attended(), new Date()),
		draw: async (request: Request, asksWhy: boolean) => {
			const about = { blobs, folder: workspace, now: Date.now(), clock: timeOf, asksWhy, link };
			const draw = (most?: number) => drawCard(request, { ...about, veil: veil(), most });
			const card = await draw(paper?.most);
			const over = paper?.over(card) ?? 0;
			return paper && over > 0 ? draw(paper.most - over) : card;
		},
		message: (text: string) => sentenceOf(text, workspace, veil()),
		remind: awayText,
		record,
		remember: (standing: CardsFile["cards"]) => kept.keep({ cards: standing }),
		warn,
	};
	return new RemoteDesk(
		parts,
		Object.fromEntries(Object.entries(kept.cards).filter(([, shown]) => shown.chat === chat)),
	);
}

const timeOf = (time: number) => localTime(new Date(time).toISOString()).slice(11);
