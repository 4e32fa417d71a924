import { constants } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import type { Json } from "../base/canonicalJson.ts";
import { errnoOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { parseStrictJson } from "../base/strictJson.ts";
import type { Shown } from "../core/remote/buttons.ts";
import { makeFolders, readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import { type Home, requirePrivate } from "./home.ts";

/** What somebody wrote to a bot is far smaller. Bytes. */
const MAX_UPDATE = 256 * 1024;
const GATE = /^[0-9a-f]{16}$/;
/** `taken`: its gate is at it, or was when it died. */
const UPDATE = /^(\d{1,16})\.(json|taken)$/;
const UNFINISHED = /^\d{1,16}\.json\.[0-9a-f]+\.tmp$/;

const askingSchema = z.array(z.strictObject({ chat: z.string(), message: z.string() }));
const patienceSchema = z.strictObject({ at: z.int(), until: z.int() });

/** The same for every process that has the bot, and no secret. */
export const botName = (channel: string, token: string): string => `${channel}-${sha256(token).slice(0, 16)}`;

/**
 * Where the gates of a machine that share a bot pass on what one of them heard: a folder below COUNTERSIGN_HOME/away, 0700,
 * in it one for each gate, its inbox. Whoever can write there could write the keys too; agents reach neither.
 */
export class SharedBot {
	readonly name: string;
	private readonly disk: Disk;
	private readonly folder: string;

	private constructor(disk: Disk, name: string, folder: string) {
		this.disk = disk;
		this.name = name;
		this.folder = folder;
	}

	/** @throws Error when others may open it */
	static async open(disk: Disk, home: Home, token: string): Promise<SharedBot> {
		const name = botName("telegram", token);
		const shared = new SharedBot(disk, name, join(home.away, name));
		await shared.makePrivate(shared.folder);
		return shared;
	}

	pathOf(name: string): string {
		return join(this.folder, name);
	}

	/** The update is durable in the gate's inbox when it resolves; twice is once. */
	async pass(gate: string, id: number, update: unknown): Promise<void> {
		await this.makePrivate(this.inbox(gate));
		await replaceFile(this.disk, this.updatePath(gate, id), JSON.stringify(update));
	}

	/** Ids of the updates that a gate has not carried out yet, in the order in which they came. */
	async waiting(gate: string): Promise<number[]> {
		const names = await this.names(this.inbox(gate));
		const ids = names.flatMap((name) => (UPDATE.test(name) ? [Number.parseInt(name, 10)] : []));
		return [...new Set(ids)].sort((one, other) => one - other);
	}

	/** From now on nobody can say that nothing came of it. Undefined: it is gone, or no file of ours. */
	async take(gate: string, id: number): Promise<Json | undefined> {
		await this.disk.rename(this.updatePath(gate, id), this.takenPath(gate, id)).catch((error) => {
			if (errnoOf(error) !== "ENOENT") throw error;
		});
		return this.readUpdate(this.takenPath(gate, id));
	}

	/** What came for a gate that is dead, once it has lain there for so long, ms; and whether that gate was at it. */
	async old(
		gate: string,
		id: number,
		ms: number,
	): Promise<{ update: Json | undefined; wasTaken: boolean } | undefined> {
		for (const path of [this.takenPath(gate, id), this.updatePath(gate, id)]) {
			const stats = await this.disk.lstat(path).catch(() => undefined);
			if (!stats) continue;
			if (Date.now() - stats.mtimeMs < ms) return undefined;
			return { update: await this.readUpdate(path), wasTaken: path === this.takenPath(gate, id) };
		}
		return undefined;
	}

	async drop(gate: string, id: number): Promise<void> {
		for (const path of [this.updatePath(gate, id), this.takenPath(gate, id)]) await this.unlink(path);
	}

	/** Every gate that has or had this bot. */
	async gates(): Promise<string[]> {
		return (await this.names(this.folder)).filter((name) => GATE.test(name));
	}

	/** The cards on which a gate waits for a reason, for whoever hears a text that answers none. */
	async setAsking(gate: string, cards: readonly Shown[]): Promise<void> {
		await this.makePrivate(this.inbox(gate));
		await replaceFile(this.disk, this.askingPath(gate), JSON.stringify(cards));
	}

	async asking(gate: string): Promise<readonly Shown[]> {
		return (await this.readJson(this.askingPath(gate), askingSchema)) ?? [];
	}

	/** What a killed process left half done. Only for whoever hears: nobody else writes updates. */
	async clear(): Promise<void> {
		for (const gate of await this.gates()) {
			for (const name of await this.names(this.inbox(gate)))
				if (UNFINISHED.test(name)) await this.unlink(join(this.inbox(gate), name));
		}
	}

	/** A gate that does not run any more, and has nothing left. It comes again when the gate does. */
	async forget(gate: string): Promise<void> {
		await this.unlink(this.askingPath(gate));
		await this.disk.rmdir(this.inbox(gate)).catch(() => undefined);
	}

	/** How long nothing may be sent by anybody here, ms. */
	async patience(): Promise<number> {
		const { at, until } = (await this.readJson(this.pathOf("patience.json"), patienceSchema)) ?? { at: 0, until: 0 };
		const now = Date.now();
		// A clock that was set back must not silence us for long.
		return at <= now ? Math.max(0, until - now) : 0;
	}

	async bePatient(ms: number): Promise<void> {
		const at = Date.now();
		const until = Math.ceil(at + Math.max(ms, await this.patience()));
		await replaceFile(this.disk, this.pathOf("patience.json"), JSON.stringify({ at, until }));
	}

	/** Why nobody here hears the bot. */
	async setTrouble(why: string | undefined): Promise<void> {
		const path = this.pathOf("trouble.txt");
		await (why === undefined ? this.unlink(path) : replaceFile(this.disk, path, why));
	}

	trouble(): Promise<string | undefined> {
		return readIfThere(this.disk, this.pathOf("trouble.txt"));
	}

	private inbox(gate: string): string {
		if (!GATE.test(gate)) throw new Error(`${gate} is not the name of a gate.`);
		return join(this.folder, gate);
	}

	private updatePath(gate: string, id: number): string {
		return join(this.inbox(gate), `${id}.json`);
	}

	private takenPath(gate: string, id: number): string {
		return join(this.inbox(gate), `${id}.taken`);
	}

	private async readUpdate(path: string): Promise<Json | undefined> {
		try {
			const file = await this.disk.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
			try {
				const stats = await file.stat();
				const isOurs = process.platform === "win32" || stats.uid === userInfo().uid;
				if (!stats.isFile() || !isOurs || stats.size > MAX_UPDATE) return undefined;
				const bytes = Buffer.alloc(stats.size);
				const length = await file.read(bytes, 0);
				return parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length)));
			} finally {
				await file.close();
			}
		} catch {
			return undefined;
		}
	}

	private askingPath(gate: string): string {
		return join(this.inbox(gate), "asking.json");
	}

	private async makePrivate(folder: string): Promise<void> {
		await makeFolders(this.disk, folder, 0o700);
		await requirePrivate(this.disk, folder);
	}

	/** What cannot be read is not there. */
	private async readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
		const text = await readIfThere(this.disk, path);
		try {
			return text === undefined ? undefined : schema.parse(parseStrictJson(text));
		} catch {
			return undefined;
		}
	}

	private async names(folder: string): Promise<string[]> {
		try {
			return await this.disk.readdir(folder);
		} catch (error) {
			if (errnoOf(error) === "ENOENT") return [];
			throw error;
		}
	}

	private async unlink(path: string): Promise<void> {
		await this.disk.unlink(path).catch((error) => {
			if (errnoOf(error) !== "ENOENT") throw error;
		});
	}
}
