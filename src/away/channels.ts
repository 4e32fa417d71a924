import { messageOf } from "../base/errors.ts";
import type { ChannelParts } from "../owner/ownFolder.ts";
import { readChannels, type Channels as Settings } from "../store/channelsFile.ts";
import { realDisk } from "../store/disk.ts";
import { markOf } from "../store/fileMark.ts";
import { Channel, type ChannelSetting } from "./channel.ts";
import { discord } from "./discord.ts";
import { telegram } from "./telegram.ts";

/** How often it is looked what should be shown, and whether channels.yaml is another one. Ms. */
const LOOK_EVERY = 1000;

/** What a channel knows of the desk: whether somebody is there right now, and where a request opens. */
export type AtTheDesk = Pick<ChannelSetting, "attended" | "link">;

export const openChannels =
	(desk: AtTheDesk) =>
	(parts: ChannelParts): { close(): Promise<void> } =>
		new Channels(parts, desk);

/** The channels of one folder's gate, as channels.yaml says at the time. */
class Channels {
	private readonly parts: ChannelParts;
	private readonly all: readonly {
		follow(settings: Settings): Promise<void>;
		settle(): void;
		close(): Promise<void>;
	}[];
	private readonly timer: NodeJS.Timeout;
	private mark: string | undefined;
	private settings: Settings = { kind: "good" };
	private isClosed = false;
	/** One change of what is open at a time. */
	private running: Promise<unknown> = Promise.resolve();

	constructor(parts: ChannelParts, desk: AtTheDesk) {
		this.parts = parts;
		const setting = { ...parts, ...desk, look: () => this.look() };
		this.all = [new Channel(telegram, setting), new Channel(discord, setting)];
		this.timer = setInterval(() => void this.look().then(() => this.settle()), LOOK_EVERY);
		this.timer.unref();
		// Once there is somebody who hears what is wrong with it.
		setImmediate(() => void this.look());
	}

	private settle(): void {
		for (const channel of this.all) channel.settle();
	}

	/** What the file says now is what holds. Never throws. */
	private look(): Promise<void> {
		const result = this.running.then(async () => {
			if (this.isClosed) return;
			const mark = markOf(realDisk, this.parts.home.channels);
			if (mark !== this.mark) await this.read();
			this.mark = mark;
			await Promise.all(this.all.map((channel) => channel.follow(this.settings)));
		});
		this.running = result;
		return result;
	}

	private async read(): Promise<void> {
		try {
			this.settings = await readChannels(realDisk, this.parts.home);
		} catch (error) {
			this.settings = { kind: "bad", problems: [messageOf(error)] };
		}
		const { settings } = this;
		for (const problem of settings.kind === "bad" ? settings.problems : []) this.parts.warn(problem);
	}

	async close(): Promise<void> {
		this.isClosed = true;
		clearInterval(this.timer);
		await this.running;
		await Promise.all(this.all.map((channel) => channel.close()));
	}
}
