import { join } from "node:path";
import * as z from "zod";
import { tryParseJson } from "../base/tryParseJson.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";

const schema = z.object({
	cards: z.record(z.string(), z.object({ chat: z.string(), message: z.string() })),
	/** What was heard already. */
	updates: z.array(z.int()),
	/** What was on its way when this was written, and the latest message that was known before. */
	sending: z.record(z.string(), z.int()),
	/** The latest message that is known to be ours. */
	latest: z.int(),
});
type Kept = z.infer<typeof schema>;

/** Where the cards of a folder's requests stand, and what was heard of the channel already: a restart goes on there. */
export class CardsFile {
	private readonly disk: Disk;
	private readonly path: string;
	private kept: Kept;
	private writing: Promise<void> = Promise.resolve();

	private constructor(disk: Disk, path: string, kept: Kept) {
		this.disk = disk;
		this.path = path;
		this.kept = kept;
	}

	/** What cannot be read is forgotten: at worst a card comes twice, and the first one's buttons are dead. */
	static async open(disk: Disk, home: Home, folderId: string): Promise<CardsFile> {
		const path = join(home.away, `${folderId}.cards.json`);
		const read = schema.safeParse(tryParseJson((await readIfThere(disk, path)) ?? ""));
		return new CardsFile(disk, path, read.data ?? { cards: {}, updates: [], sending: {}, latest: 0 });
	}

	get cards(): Kept["cards"] {
		return this.kept.cards;
	}

	get updates(): readonly number[] {
		return this.kept.updates;
	}

	get latest(): number {
		return this.kept.latest;
	}

	/** The latest message before one that was sent and of which nobody knows whether it arrived. */
	sentAfter(id: string): number | undefined {
		return this.kept.sending[id];
	}

	/** Durable when it resolves: from then on the card may stand. */
	begin(id: string): Promise<void> {
		return this.keep({ sending: { ...this.kept.sending, [id]: this.kept.latest } });
	}

	/** It did not arrive, for certain. */
	failed(id: string): Promise<void> {
		const { [id]: _, ...sending } = this.kept.sending;
		return this.keep({ sending });
	}

	/** Durable when it resolves. */
	keep(more: Partial<Kept>): Promise<void> {
		const next = { ...this.kept, ...more };
		const sending = Object.entries(next.sending).filter(([id]) => !Object.hasOwn(next.cards, id));
		this.kept = { ...next, sending: Object.fromEntries(sending) };
		const written = this.writing.then(() => replaceFile(this.disk, this.path, `${JSON.stringify(this.kept)}\n`));
		this.writing = written.catch(() => undefined);
		return written;
	}
}
