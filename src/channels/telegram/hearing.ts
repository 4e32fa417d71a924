import { Api } from "grammy";
import { messageOf } from "../../base/errors.ts";
import { type Calls, meaningOf } from "./calls.ts";

export interface HearingOptions {
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** Which tells when it does not work. */
	readonly calls: Calls;
	/** Resolves when the update is where nothing can lose it; only then Telegram is told that it was heard. */
	readonly pass: (update: { readonly update_id: number }) => Promise<void>;
	/** Nothing is heard any more before a person does something about it. */
	readonly over: (why: string) => void;
	readonly say: (problem: string) => void;
	readonly failpoint: (name: string) => void;
}

/** Seconds. */
const POLL = 25;
/** After this it is tried again. Ms. */
const RETRY = 3000;
/** How long an end waits for the API to hear of it. Ms. */
const GOODBYE = 1500;

/** Hears what is said to a bot from now on, by long polling. Telegram lets one process at a time do that. */
export class Hearing {
	private readonly options: HearingOptions;
	private readonly api: Api;
	private readonly aborted = new AbortController();
	private readonly running: Promise<void>;
	/** Up to there everything is passed on. */
	private offset = 0;

	constructor(options: HearingOptions) {
		const { token, apiRoot } = options;
		this.options = options;
		this.api = new Api(token, { timeoutSeconds: POLL + 15, ...(apiRoot ? { apiRoot } : {}) });
		this.running = this.run();
	}

	private async run(): Promise<void> {
		const { signal } = this.aborted;
		// With a webhook, polling is refused.
		while (!signal.aborted && !(await this.call(() => this.api.deleteWebhook({}, signal as never))));
		while (!signal.aborted) {
			const updates = await this.call(() =>
				this.api.getUpdates({ offset: this.offset, timeout: POLL, allowed_updates: HEARD }, signal as never),
			);
			if (updates) await this.passAll(updates);
		}
	}

	/** Undefined: it did not work, and it is time to try again. */
	private async call<T>(call: () => Promise<T>): Promise<T | undefined> {
		const { calls, over } = this.options;
		try {
			const result = await call();
			calls.works();
			return result;
		} catch (error) {
			if (this.aborted.signal.aborted) return undefined;
			const meaning = meaningOf(error);
			if (meaning.kind === "down" || meaning.kind === "over") calls.failed(meaning);
			if (meaning.kind === "over") {
				this.aborted.abort();
				over(meaning.why);
				return undefined;
			}
			await this.pause(meaning.kind === "wait" ? meaning.ms : RETRY);
			return undefined;
		}
	}

	private async passAll(updates: readonly { readonly update_id: number }[]): Promise<void> {
		const { pass, say, failpoint } = this.options;
		for (const update of updates) {
			failpoint("telegram.heard");
			try {
				await pass(update);
			} catch (error) {
				if (!this.aborted.signal.aborted) say(messageOf(error));
				return this.pause(RETRY);
			}
			failpoint("telegram.passed");
			this.offset = update.update_id + 1;
		}
	}

	private pause(ms: number): Promise<void> {
		const { signal } = this.aborted;
		if (signal.aborted) return Promise.resolve();
		return new Promise((done) => {
			const timer = setTimeout(done, ms);
			signal.addEventListener("abort", () => {
				clearTimeout(timer);
				done();
			});
		});
	}

	/** What was passed on does not come again to whoever hears next. */
	async close(): Promise<void> {
		this.aborted.abort();
		await this.running;
		if (this.offset === 0) return;
		const goodbye = new AbortController();
		const timer = setTimeout(() => goodbye.abort(), GOODBYE);
		await this.api.getUpdates({ offset: this.offset, limit: 1 }, goodbye.signal as never).catch(() => undefined);
		clearTimeout(timer);
	}
}

/** Nothing else is sent to us. */
const HEARD = ["callback_query", "message"] as const;
