import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { errnoOf } from "../base/errors.ts";
import { tryParseJson } from "../base/tryParseJson.ts";
import { createFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import { machineId, processStartTime } from "./process.ts";

const holderSchema = z.object({
	pid: z.int(),
	startTime: z.string(),
	machine: z.string(),
	owner: z.enum(["editor", "serve"]),
	instance: z.string(),
});
export type Holder = z.infer<typeof holderSchema>;

/** Another process owns the folder; the message says which. */
export class LockedError extends Error {
	readonly holder: Holder;

	constructor(holder: Holder, message: string) {
		super(message);
		this.holder = holder;
	}
}

/**
 * One owner a folder. The lock is the file with the highest number in `<folderId>.lock.<n>`; who holds it is written
 * inside. A dead holder is followed by n+1, made with an exclusive create, so of two that try one wins; a higher file
 * is never removed but by its own dead end, so a process that slept in the middle of trying finds the higher one and
 * backs off. Age says nothing: a sleeping laptop is alive.
 */
export class FolderLock {
	/** Locks that this process holds or takes: a file of ours that is not among them is left from a failed attempt. */
	private static readonly held = new Set<string>();
	private readonly disk: Disk;
	private readonly path: string;
	/** An inode number alone may be given to the next file at once. */
	private readonly identity: string;
	private readonly instance: string;

	private constructor(disk: Disk, path: string, identity: string, instance: string) {
		this.disk = disk;
		this.path = path;
		this.identity = identity;
		this.instance = instance;
	}

	/** @throws LockedError */
	static async acquire(disk: Disk, run: string, folderId: string, owner: Holder["owner"]): Promise<FolderLock> {
		const holder: Holder = {
			pid: process.pid,
			startTime: processStartTime(process.pid),
			machine: machineId(),
			owner,
			instance: randomBytes(8).toString("hex"),
		};
		// Before the file is there: another one of this process that comes upon it must not take it for a leftover.
		FolderLock.held.add(holder.instance);
		try {
			return await FolderLock.take(disk, run, folderId, holder);
		} catch (error) {
			FolderLock.held.delete(holder.instance);
			throw error;
		}
	}

	private static async take(disk: Disk, run: string, folderId: string, holder: Holder): Promise<FolderLock> {
		for (;;) {
			const highest = (await generations(disk, run, folderId)).at(-1);
			if (highest) await refuseIfHeld(disk, highest.path, FolderLock.held);
			const generation = (highest?.generation ?? 0) + 1;
			const path = join(run, `${folderId}.lock.${generation}`);
			if (!(await tryCreate(disk, path, holder))) continue;
			const all = await generations(disk, run, folderId);
			if (all.at(-1)?.path !== path) {
				await disk.unlink(path);
				continue;
			}
			for (const older of all.slice(0, -1)) await disk.unlink(older.path).catch(() => undefined);
			return new FolderLock(disk, path, identityOf(await disk.lstat(path)), holder.instance);
		}
	}

	/** Whether a process that lives holds it, this one or another. */
	static async isTaken(disk: Disk, run: string, folderId: string): Promise<boolean> {
		const highest = (await generations(disk, run, folderId)).at(-1);
		if (!highest) return false;
		try {
			await refuseIfHeld(disk, highest.path, FolderLock.held);
			return false;
		} catch (error) {
			if (error instanceof LockedError) return true;
			throw error;
		}
	}

	/** Whether the file is still ours; cheap enough to ask before every write. */
	isHeld(): boolean {
		try {
			return identityOf(this.disk.lstatSync(this.path)) === this.identity;
		} catch {
			return false;
		}
	}

	/** The file stays, marked free: removing the highest number would let a sleeper win. */
	async release(): Promise<void> {
		FolderLock.held.delete(this.instance);
		if (!this.isHeld()) return;
		const free: Holder = { pid: 0, startTime: "", machine: "", owner: "serve", instance: "" };
		const temporary = `${this.path}.free`;
		await this.disk.unlink(temporary).catch(() => undefined);
		await createFile(this.disk, temporary, Buffer.from(JSON.stringify(free)));
		await this.disk.rename(temporary, this.path);
	}
}

/** Undefined: another one holds it. */
export async function tryLock(...which: Parameters<typeof FolderLock.acquire>): Promise<FolderLock | undefined> {
	try {
		return await FolderLock.acquire(...which);
	} catch (error) {
		if (error instanceof LockedError) return undefined;
		throw error;
	}
}

const identityOf = ({ dev, ino, mtimeMs }: { dev: number; ino: number; mtimeMs: number }) => `${dev} ${ino} ${mtimeMs}`;

interface Generation {
	readonly path: string;
	readonly generation: number;
}

async function generations(disk: Disk, run: string, folderId: string): Promise<Generation[]> {
	const prefix = `${folderId}.lock.`;
	return (await disk.readdir(run))
		.filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
		.map((name) => ({ path: join(run, name), generation: Number(name.slice(prefix.length)) }))
		.sort((a, b) => a.generation - b.generation);
}

/** The content is complete before the name appears: nobody reads half a holder. */
async function tryCreate(disk: Disk, path: string, holder: Holder): Promise<boolean> {
	const temporary = `${path}.${holder.instance}`;
	await disk.unlink(temporary).catch(() => undefined);
	await createFile(disk, temporary, Buffer.from(JSON.stringify(holder)));
	try {
		await disk.link(temporary, path);
		return true;
	} catch (error) {
		if (errnoOf(error) === "EEXIST") return false;
		throw error;
	} finally {
		await disk.unlink(temporary);
	}
}

async function refuseIfHeld(disk: Disk, path: string, own: ReadonlySet<string>): Promise<void> {
	let text: string;
	try {
		text = await disk.readText(path);
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return;
		throw error;
	}
	const holder = holderSchema.safeParse(tryParseJson(text));
	if (!holder.success) throw new Error(`${path} is damaged. If no Countersign runs for this folder, remove it.`);
	const { pid, startTime, machine, owner, instance } = holder.data;
	if (pid === 0 || (pid === process.pid && machine === machineId() && !own.has(instance))) return;
	if (machine !== machineId()) {
		if (sameHost(machine)) return;
		throw new LockedError(
			holder.data,
			`This folder's gate is owned by process ${pid} on another machine or in another container. If that is gone, remove ${path}`,
		);
	}
	if (processStartTime(pid) === startTime && startTime !== "") {
		throw new LockedError(holder.data, `This folder's gate is already running (${owner}, process ${pid}).`);
	}
}

/** Same host name and container but another boot: whoever held it is gone. */
function sameHost(machine: string): boolean {
	const [host, , namespace] = machine.split(" ");
	const [ownHost, , ownNamespace] = machineId().split(" ");
	return host === ownHost && namespace === ownNamespace;
}
