import { setTimeout as sleep } from "node:timers/promises";
import type { REST } from "@discordjs/rest";
import { type SessionInfo, WebSocketManager, WebSocketShardEvents } from "@discordjs/ws";
import { type APIInteraction, GatewayCloseCodes, GatewayDispatchEvents } from "discord-api-types/v10";
import { meaningOf, TOKEN, UNREACHED } from "./calls.ts";

export interface GatewayOptions {
	readonly token: string;
	readonly rest: REST;
	/** What a person did with something of the bot's. Never throws. */
	readonly heard: (interaction: APIInteraction) => void;
	readonly works: () => void;
	/** Why nobody is heard just now; it is tried again. */
	readonly down: (why: string) => void;
	/** Why nobody will be heard before a person does something about it. */
	readonly over: (why: string) => void;
}

/** A first connection that failed is tried again after this. Ms. */
const RETRY = 3000;
/** A connection that is lost comes back by itself, as a rule at once. Ms. */
const PATIENCE = 10_000;
/** How long an end waits for Discord to hear of it. Ms. */
const GOODBYE = 1500;

/** Nothing that a person could mend by waiting. */
const FATAL: ReadonlyMap<number, string> = new Map([
	[GatewayCloseCodes.AuthenticationFailed, TOKEN],
	[GatewayCloseCodes.ShardingRequired, "The bot is in too many servers. Make one of your own for this."],
	[GatewayCloseCodes.InvalidAPIVersion, "Discord does not speak this version any more. Update Countersign."],
	[GatewayCloseCodes.InvalidIntents, "Discord refuses what the bot asks to hear. Update Countersign."],
	[GatewayCloseCodes.DisallowedIntents, "Discord refuses what the bot asks to hear. Update Countersign."],
]);

/**
 * What people do with the bot's messages and commands, as Discord says it. It asks to hear of nothing else: not of what
 * they write, nor where they are.
 */
export class Gateway {
	private readonly options: GatewayOptions;
	private readonly manager: WebSocketManager;
	private session: SessionInfo | null = null;
	private late: NodeJS.Timeout | undefined;
	private isOpen = false;
	private isClosed = false;

	constructor(options: GatewayOptions) {
		this.options = options;
		this.manager = new WebSocketManager({
			token: options.token,
			rest: options.rest,
			intents: 0,
			shardCount: 1,
			// Its own store is one for all managers. Without an answer a connection that is on its way after the end is never made.
			retrieveSessionInfo: () => (this.isClosed ? new Promise<never>(() => undefined) : this.session),
			updateSessionInfo: (_, session) => {
				this.session = session && isSafe(session.resumeURL) ? session : null;
			},
		});
		const { manager } = this;
		manager.on(WebSocketShardEvents.Dispatch, (payload) => {
			if (payload.t === GatewayDispatchEvents.InteractionCreate) options.heard(payload.d);
		});
		manager.on(WebSocketShardEvents.Hello, () => {
			this.isOpen = true;
			if (this.isClosed) void manager.destroy();
		});
		for (const event of [WebSocketShardEvents.Ready, WebSocketShardEvents.Resumed] as const) {
			manager.on(event, () => this.works());
		}
		manager.on(WebSocketShardEvents.Closed, (code) => this.lost(code));
		manager.on(WebSocketShardEvents.SocketError, () => this.lost());
		// What is fatal closed the connection, and is told from there.
		manager.on(WebSocketShardEvents.Error, () => undefined);
	}

	/** Until it is closed, or Discord says that this cannot go on. Resolves once it hears, or never will. */
	async start(): Promise<void> {
		while (!this.isClosed) {
			const wait = await this.connect().catch((error) => this.failed(error));
			if (wait === undefined) return;
			await sleep(wait, undefined, { ref: false });
		}
	}

	/** How long to wait before it is tried again, ms; undefined: it hears, or never will. */
	private async connect(): Promise<number | undefined> {
		const { url, session_start_limit: starts } = await this.manager.fetchGatewayInformation();
		if (!isSafe(url)) return this.end(`Discord names an address without encryption: ${url}`);
		if (starts.remaining > 0) return this.manager.connect().then(() => undefined);
		this.options.down("Discord lets this bot start no more for now. Too many gates were started with it.");
		return Math.max(RETRY, starts.reset_after);
	}

	private failed(error: unknown): number | undefined {
		if (this.isClosed) return undefined;
		const meaning = meaningOf(error);
		if (meaning.kind === "over") return this.end(meaning.why);
		this.options.down(("why" in meaning && meaning.why) || UNREACHED);
		return meaning.kind === "wait" ? meaning.ms : RETRY;
	}

	private works(): void {
		clearTimeout(this.late);
		this.late = undefined;
		if (!this.isClosed) this.options.works();
	}

	private lost(code?: number): void {
		if (code !== undefined) this.isOpen = false;
		if (this.isClosed) return;
		const why = code === undefined ? undefined : FATAL.get(code);
		if (why !== undefined) this.end(why);
		else
			this.late ??= setTimeout(() => {
				if (!this.isClosed) this.options.down(UNREACHED);
			}, PATIENCE).unref();
	}

	private end(why: string): undefined {
		this.isClosed = true;
		clearTimeout(this.late);
		this.options.over(why);
	}

	async close(): Promise<void> {
		this.isClosed = true;
		clearTimeout(this.late);
		// One that is just being made ends when it stands, or fails: its client has nobody who would hear of that.
		if (!this.isOpen) return;
		const goodbye = new Promise((done) => setTimeout(done, GOODBYE).unref());
		await Promise.race([Promise.resolve(this.manager.destroy()).catch(() => undefined), goodbye]);
	}
}

/** The token goes there: encrypted, or not off this machine. */
function isSafe(url: string): boolean {
	if (!URL.canParse(url)) return false;
	const { protocol, hostname } = new URL(url);
	return protocol === "wss:" || (protocol === "ws:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}
