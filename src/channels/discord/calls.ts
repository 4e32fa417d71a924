import { DiscordAPIError, HTTPError, RateLimitError, REST, type RESTOptions } from "@discordjs/rest";
import { Unreachable } from "../../core/remote/remotePort.ts";

/** What an answer of the API means for the channel. */
type Meaning =
	| { readonly kind: "gone" }
	/** Wait so long, ms. */
	| { readonly kind: "wait"; readonly ms: number; readonly why?: string }
	/** Until a person does something about it. */
	| { readonly kind: "over"; readonly why: string }
	| { readonly kind: "down"; readonly why: string }
	| { readonly kind: "refused"; readonly why: string };

/** Discord locks out whoever asks in vain ten thousand times in ten minutes. Ms. */
const SHUT = 20_000;
/** Ms. */
const MOMENT = 500;

export function meaningOf(error: unknown): Meaning {
	if (error instanceof RateLimitError) return { kind: "wait", ms: Math.max(MOMENT, error.retryAfter) };
	if (error instanceof HTTPError) return { kind: "down", why: `Discord is in trouble (${error.status}).` };
	if (!(error instanceof DiscordAPIError)) return { kind: "down", why: UNREACHED };
	const { status, code } = error;
	if (status === 401) return { kind: "over", why: TOKEN };
	if (code === UNKNOWN_MESSAGE || code === NOT_OURS) return { kind: "gone" };
	if (code === NO_DIRECT_MESSAGES) return { kind: "wait", ms: SHUT, why: STRANGERS };
	if (status === 403 || code === UNKNOWN_CHANNEL) return { kind: "wait", ms: SHUT, why: CHANNEL };
	return { kind: "refused", why: `Discord refused it: ${error.message}` };
}

const UNKNOWN_CHANNEL = 10003;
const UNKNOWN_MESSAGE = 10008;
/** A message of somebody else cannot be changed. */
const NOT_OURS = 50005;
const NO_DIRECT_MESSAGES = 50007;

export const UNREACHED = "Discord cannot be reached.";
export const TOKEN = "Discord does not know the bot's token. Run countersign phone discord with a good one.";
const STRANGERS =
	"The bot may not write to you. Be in a server where it is, and allow direct messages from that server's members.";
const CHANNEL = "The bot may not use the channel. Let it view the channel, send messages and read their history.";

/** Discord's REST interface, at its own address or another. What fails is for us to try again, not for the client. */
export const restOf = (token: string, apiRoot: string | undefined): REST =>
	new REST({
		makeRequest: fetch as unknown as RESTOptions["makeRequest"],
		retries: 0,
		rejectOnRateLimit: () => true,
		...(apiRoot === undefined ? {} : { api: apiRoot.replace(/\/$/, "") }),
	}).setToken(token);

/** The API, with one place for all that can come back instead of an answer. */
export class Calls {
	private readonly rest: REST;
	private readonly say: (problem: string | undefined) => void;
	/** What is on its way, each with a signal of its own: the client never lets go of one that it was given. */
	private readonly running = new Set<AbortController>();
	/** Nothing is sent before, monotonic. Ms. */
	private until = 0;
	private ended: string | undefined;

	/** @param say why it does not work; undefined: it works again */
	constructor(rest: REST, say: (problem: string | undefined) => void) {
		this.rest = rest;
		this.say = say;
	}

	/** "gone" for a message that does not stand there any more. @throws Unreachable, Error */
	async do<T>(call: (rest: REST, signal: AbortSignal) => Promise<unknown>): Promise<T | "gone"> {
		if (this.ended !== undefined) throw new Unreachable(this.ended);
		if (performance.now() < this.until) throw new Unreachable(PATIENCE);
		const controller = new AbortController();
		this.running.add(controller);
		try {
			const result = await call(this.rest, controller.signal);
			this.works();
			return result as T;
		} catch (error) {
			const meaning = meaningOf(error);
			if (meaning.kind === "gone") return meaning.kind;
			if (meaning.kind === "refused") throw new Error(meaning.why);
			throw this.failed(meaning);
		} finally {
			this.running.delete(controller);
		}
	}

	/** Nothing will work again before a person does something about it. */
	get isOver(): boolean {
		return this.ended !== undefined;
	}

	works(): void {
		if (this.ended === undefined) this.say(undefined);
	}

	/** What keeps every call from working; told to the people at the desk. */
	failed(meaning: Exclude<Meaning, { kind: "gone" | "refused" }>): Unreachable {
		if (this.ended !== undefined) return new Unreachable(this.ended, meaning.kind === "down");
		if (meaning.kind === "over") this.ended = meaning.why;
		if (meaning.kind === "wait") this.until = Math.max(this.until, performance.now() + meaning.ms);
		if (meaning.why !== undefined) this.say(meaning.why);
		return new Unreachable(meaning.why ?? PATIENCE, meaning.kind === "down");
	}

	/** Nothing more is sent, and what is on its way is given up. */
	close(): void {
		this.ended ??= "The channel is closed.";
		for (const controller of this.running) controller.abort();
	}
}

const PATIENCE = "Discord asks for patience.";
