import { messageOf } from "../base/errors.ts";
import type { RemoteDesk } from "../core/remote/desk.ts";
import type { Request } from "../core/request.ts";
import type { ChannelParts } from "../owner/ownFolder.ts";
import type { Channels } from "../store/channelsFile.ts";

/** A bot that could not be opened is tried again so often. Ms. */
const RETRY_EVERY = 5000;

/** What a channel of one folder's gate stands on. */
export interface ChannelSetting extends ChannelParts {
	readonly attended: () => boolean;
	/** Where a request opens in full at the desk; undefined: no editor holds the gate. */
	readonly link?: ((request: Request) => string) | undefined;
	/** Resolves when what channels.yaml says now holds: whoever was taken off the list a moment ago is off it. */
	readonly look: () => Promise<void>;
}

/** What is the same for all channels that carry out what people away from the desk decide. */
export interface ChannelSettings {
	/** Numeric ids: who may decide there. */
	readonly users: readonly (string | number)[];
	/** False: it only denies. */
	readonly approve: boolean;
	/** Minutes of the day between which nothing new is sent. */
	readonly quiet?: { readonly from: number; readonly to: number } | undefined;
}

/** What is open of a channel. */
export interface Open {
	readonly desk: RemoteDesk;
	/** Nothing will work again before a person does something about it. */
	isOver(): boolean;
	close(): Promise<void>;
}

export interface OpenOptions<Settings> {
	readonly setting: ChannelSetting;
	/** What it is opened with; of these, `keyOf` says what must not change meanwhile. */
	readonly settings: Settings;
	/** As they are now. */
	readonly now: () => Settings | undefined;
	/** Why it does not work; undefined: it works again. */
	readonly say: (problem: string | undefined) => void;
}

/** One kind of channel. */
export interface ChannelKind<Settings extends ChannelSettings> {
	readonly name: "telegram" | "discord";
	readonly pick: (channels: Extract<Channels, { kind: "good" }>) => Settings | undefined;
	/** Two settings with the same one need no new connection. */
	readonly keyOf: (settings: Settings) => string;
	/** @throws Error with a sentence for the people at the desk; it is tried again */
	readonly open: (options: OpenOptions<Settings>) => Promise<Open>;
}

/** One channel of one folder's gate: open as long as the settings say so. */
export class Channel<Settings extends ChannelSettings> {
	private readonly kind: ChannelKind<Settings>;
	private readonly setting: ChannelSetting;
	private followed: Channels | undefined;
	private settings: Settings | undefined;
	private current: (Open & { readonly key: string }) | undefined;
	private retryAt = Number.POSITIVE_INFINITY;
	private said: string | undefined;

	constructor(kind: ChannelKind<Settings>, setting: ChannelSetting) {
		this.kind = kind;
		this.setting = setting;
	}

	/** Never throws: what cannot be opened is tried again. Cheap where nothing changed. */
	async follow(channels: Channels): Promise<void> {
		if (channels === this.followed && performance.now() < this.retryAt) return;
		const isNew = channels !== this.followed;
		this.followed = channels;
		this.retryAt = Number.POSITIVE_INFINITY;
		this.settings = channels.kind === "good" ? this.kind.pick(channels) : undefined;
		const key = this.settings && this.kind.keyOf(this.settings);
		if (this.current && this.current.key === key && !(isNew && this.current.isOver())) return;
		await this.close();
		if (!this.settings || key === undefined) return;
		try {
			const open = await this.kind.open({
				setting: this.setting,
				settings: this.settings,
				now: () => this.settings,
				say: (problem) => this.say(problem),
			});
			this.current = Object.assign(open, { key });
			void open.desk.settle();
		} catch (error) {
			this.retryAt = performance.now() + RETRY_EVERY;
			this.say(messageOf(error));
		}
	}

	settle(): void {
		void this.current?.desk.settle();
	}

	/** To the people at the desk, each thing once. */
	private say(problem: string | undefined): void {
		if (problem === this.said) return;
		if (problem !== undefined) this.setting.warn(`${this.kind.name}: ${problem}`);
		else if (this.said !== undefined) this.setting.warn(`${this.kind.name}: it works again.`);
		this.said = problem;
	}

	async close(): Promise<void> {
		const open = this.current;
		this.current = undefined;
		if (!open) return;
		this.said = undefined;
		await open.close();
		await open.desk.close();
	}
}
