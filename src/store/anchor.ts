import { createHmac, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { canonicalJson } from "../base/canonicalJson.ts";
import { tryParseJson } from "../base/tryParseJson.ts";
import type { Head } from "../core/audit/record.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";

const anchorSchema = z.strictObject({
	chain: z.string(),
	seq: z.int(),
	hash: z.string(),
	time: z.string(),
	mac: z.string(),
});

/**
 * The head of a chain, kept apart from it: a journal that does not extend its anchor has lost records. Written behind
 * the journal, so the journal may be ahead of it and never behind.
 */
export class AnchorFile {
	private readonly disk: Disk;
	readonly path: string;
	private readonly key: Uint8Array;

	constructor(disk: Disk, home: Home, folderId: string, key: Uint8Array) {
		this.disk = disk;
		this.path = join(home.heads, `${folderId}.json`);
		this.key = key;
	}

	/** Null when there is none. @throws Error when it is not ours. */
	async read(): Promise<Head | null> {
		const text = await readIfThere(this.disk, this.path);
		if (text === undefined) return null;
		const parsed = anchorSchema.safeParse(tryParseJson(text));
		if (!parsed.success) throw new Error(`The anchor ${this.path} is damaged.`);
		const { mac, ...body } = parsed.data;
		if (!timingSafeEqual(Buffer.from(this.mac(body).padEnd(64)), Buffer.from(mac.slice(0, 64).padEnd(64)))) {
			throw new Error(`The anchor ${this.path} was not written with this chain's key.`);
		}
		return { chain: body.chain, seq: body.seq, hash: body.hash };
	}

	async write(head: Head, time: string): Promise<void> {
		const body = { chain: head.chain, seq: head.seq, hash: head.hash, time };
		await replaceFile(this.disk, this.path, `${canonicalJson({ ...body, mac: this.mac(body) })}\n`);
	}

	private mac(body: { chain: string; seq: number; hash: string; time: string }): string {
		return createHmac("sha256", this.key)
			.update(`countersign/anchor/v1\n${canonicalJson(body)}`)
			.digest("hex");
	}
}
