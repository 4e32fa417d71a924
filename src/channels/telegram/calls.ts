import { type Api, GrammyError, HttpError } from "grammy";
import { Unreachable } from "../../core/remote/remotePort.ts";

/** What an answer of the API means for the channel. */
type Meaning =
	| { readonly kind: "unchanged" }
	| { readonly kind: "gone" }
	/** Wait so long, ms. */
	| { readonly kind: "wait"; readonly ms: number }
	/** Until a person does something about it. */
	| { readonly kind: "over"; readonly why: string }
	| { readonly kind: "down"; readonly why: string }
	| { readonly kind: "refused"; readonly why: string };

export function meaningOf(error: unknown): Meaning {
	if (error instanceof HttpError) return { kind: "down", why: "Telegram cannot be reached." };
	if (!(error instanceof GrammyError)) return { kind: "down", why: "Telegram gave no answer." };
	const { error_code: code, description, parameters } = error;
	if (code === 401 || code === 404) return { kind: "over", why: TOKEN };
	if (code === 409) return { kind: "over", why: CONFLICT };
	if (code === 429) return { kind: "wait", ms: (parameters.retry_after ?? 1) * 1000 };
	if (code >= 500) return { kind: "down", why: `Telegram is in trouble (${code}).` };
	if (/message is not modified/.test(description)) return { kind: "unchanged" };
	if (/message to edit not found|message can't be edited|MESSAGE_ID_INVALID/i.test(description))
		return { kind: "gone" };
	if (code === 403 || /chat not found/.test(description)) {
		return { kind: "down", why: "The bot may not write to you. Open its chat in Telegram and press Start." };
	}
	return { kind: "refused", why: `Telegram refused it: ${description}` };
}

const TOKEN = "Telegram does not know the bot's token. Take it from @BotFather again, and connect the phone with it.";
const CONFLICT =
	"Somebody else uses this bot's token. If that is not you, revoke the token at @BotFather, and connect the phone with the new one.";

/** How long everybody who has the bot sends nothing: Telegram counts by the bot, not by the process. */
export interface Patience {
	/** What is left of it, ms. */
	patience(): Promise<number>;
	bePatient(ms: number): Promise<void>;
}

/** The API, with one place for all that can come back instead of an answer. */
export class Calls {
	private readonly api: Api;
	private readonly shared: Patience;
	private readonly say: (problem: string | undefined) => void;
	private readonly aborted = new AbortController();
	private ended: string | undefined;

	/** @param say why it does not work; undefined: it works again */
	constructor(api: Api, shared: Patience, say: (problem: string | undefined) => void) {
		this.api = api;
		this.shared = shared;
		this.say = say;
	}

	/** "unchanged" and "gone" for an edit that came to nothing. @throws Unreachable, Error */
	async do<T>(call: (api: Api, signal: AbortSignal) => Promise<T>): Promise<T | "unchanged" | "gone"> {
		if (this.ended !== undefined) throw new Unreachable(this.ended);
		if ((await this.shared.patience()) > 0) throw new Unreachable(PATIENCE);
		try {
			const result = await call(this.api, this.aborted.signal);
			this.works();
			return result;
		} catch (error) {
			const meaning = meaningOf(error);
			if (meaning.kind === "unchanged" || meaning.kind === "gone") return meaning.kind;
			if (meaning.kind === "refused") throw new Error(meaning.why);
			if (meaning.kind !== "wait") throw this.failed(meaning);
			await this.shared.bePatient(meaning.ms);
			throw new Unreachable(PATIENCE);
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
	failed(meaning: Extract<Meaning, { kind: "over" | "down" }>): Unreachable {
		if (meaning.kind === "over") this.ended = meaning.why;
		this.say(meaning.why);
		return new Unreachable(meaning.why, meaning.kind === "down");
	}

	/** Nothing more is sent, and what is on its way is given up. */
	close(): void {
		this.ended ??= "The channel is closed.";
		this.aborted.abort();
	}
}

const PATIENCE = "Telegram asks for patience.";
