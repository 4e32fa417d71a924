import * as z from "zod";
import { tryParseJson } from "../base/tryParseJson.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";

const schema = z.strictObject({
	/** Every message of the bot, the latest last. `request`: it is that one's card. */
	messages: z.array(z.strictObject({ id: z.int(), gate: z.string(), request: z.string().optional(), at: z.number() })),
	/** What was on its way when this was written, by gate and request, and the latest message that was known before. */
	sending: z.record(z.string(), z.int()),
});
type Kept = z.infer<typeof schema>;

/** More are not told apart any more: a press on an older one decides nothing. */
const REMEMBERED = 1000;

/** Work that only one of all gates of this machine does at a time. */
export type Exclusively = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Which message of a bot in a chat is whose: written by every gate of this machine that sends there, one at a time. So a
 * message of which nobody knows whether it arrived can be told from another gate's.
 */
export class SentBook {
	private readonly disk: Disk;
	private readonly path: string;
	private readonly gate: string;
	private readonly alone: Exclusively;

	constructor(disk: Disk, path: string, gate: string, alone: Exclusively) {
		this.disk = disk;
		this.path = path;
		this.gate = gate;
		this.alone = alone;
	}

	/** The gate whose message that is; of one that is being sent right now, as soon as it is known. */
	async ownerOf(message: number): Promise<string | undefined> {
		const find = ({ messages }: Kept) => messages.find(({ id }) => id === message)?.gate;
		return find(await this.read()) ?? find(await this.alone(() => this.read()));
	}

	async isOurs(message: number): Promise<boolean> {
		return (await this.read()).messages.some(({ id, gate }) => id === message && gate === this.gate);
	}

	/** Cards that are known to be ours from somewhere else. */
	async claim(cards: readonly { readonly id: number; readonly request: string }[]): Promise<void> {
		const missing = ({ messages }: Kept) => cards.filter(({ id }) => !messages.some((one) => one.id === id));
		if (missing(await this.read()).length === 0) return;
		await this.exclusively(async (page) => {
			for (const { id, request } of cards) if (!page.isKnown(id)) await page.put(id, request, 0);
		});
	}

	/** Nobody else here sends until it is done. */
	exclusively<T>(work: (page: SentPage) => Promise<T>): Promise<T> {
		return this.alone(async () =>
			work(
				new SentPage(this.gate, await this.read(), (kept) =>
					replaceFile(this.disk, this.path, `${JSON.stringify(kept)}\n`),
				),
			),
		);
	}

	/** What cannot be read is forgotten: at worst a card comes twice, and the first one's buttons are dead. */
	private async read(): Promise<Kept> {
		const text = await readIfThere(this.disk, this.path);
		return schema.safeParse(tryParseJson(text ?? "")).data ?? { messages: [], sending: {} };
	}
}

/** The book while nobody else can write into it. Every change is durable when it resolves. */
export class SentPage {
	private readonly gate: string;
	private readonly write: (kept: Kept) => Promise<void>;
	private kept: Kept;

	constructor(gate: string, kept: Kept, write: (kept: Kept) => Promise<void>) {
		this.gate = gate;
		this.kept = kept;
		this.write = write;
	}

	isKnown(message: number): boolean {
		return this.kept.messages.some(({ id }) => id === message);
	}

	/** The latest card of a request of ours. */
	cardOf(request: string): number | undefined {
		return this.kept.messages.findLast((one) => one.gate === this.gate && one.request === request)?.id;
	}

	/**
	 * Where a card may stand that was sent and of which nobody knows whether it arrived: right behind the latest message
	 * that was known, before the next one that is. Nowhere, when another one was lost there too: it could be that one.
	 */
	lostIn(request: string, within: number): number[] {
		const after = this.kept.sending[this.key(request)];
		if (after === undefined || Object.values(this.kept.sending).filter((one) => one === after).length > 1) return [];
		const ids = Array.from({ length: within }, (_, at) => after + 1 + at);
		const next = ids.findIndex((id) => this.isKnown(id));
		return next < 0 ? ids : ids.slice(0, next);
	}

	/** How many were sent since then. @param time wall time, ms */
	sentSince(time: number, now: number): number {
		return this.kept.messages.filter(({ at }) => at > time && at <= now).length;
	}

	/** From then on the card may stand. */
	begin(request: string): Promise<void> {
		const latest = Math.max(0, ...this.kept.messages.map(({ id }) => id));
		return this.keep({ sending: { ...this.kept.sending, [this.key(request)]: latest } });
	}

	/** It did not arrive, for certain. */
	failed(request: string): Promise<void> {
		return this.keep({ sending: this.without(request) });
	}

	/** A message of ours stands there. @param at wall time, ms */
	put(id: number, request: string | undefined, at: number): Promise<void> {
		const messages = [
			...this.kept.messages,
			{ id, gate: this.gate, at, ...(request === undefined ? {} : { request }) },
		];
		return this.keep({ messages, sending: request === undefined ? this.kept.sending : this.without(request) });
	}

	private key(request: string): string {
		return `${this.gate} ${request}`;
	}

	private without(request: string): Kept["sending"] {
		const { [this.key(request)]: _, ...sending } = this.kept.sending;
		return sending;
	}

	private async keep(more: Partial<Kept>): Promise<void> {
		const next = { ...this.kept, ...more };
		const messages = next.messages.slice(-REMEMBERED);
		// Where not every message since is known any more, nobody can be looked for.
		const floor = messages.length < next.messages.length ? Math.min(...messages.map(({ id }) => id)) : 0;
		const sending = Object.entries(next.sending).filter(([, after]) => after + 1 >= floor);
		this.kept = { messages, sending: Object.fromEntries(sending) };
		await this.write(this.kept);
	}
}
