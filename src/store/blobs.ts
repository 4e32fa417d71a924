import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { sha256 as sha256Of } from "../base/hash.ts";
import type { BlobPort, BlobRef } from "../core/ports.ts";
import { Problem } from "../protocol/problem.ts";
import { makeFolders, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const CHUNK = 1024 * 1024;

/** Contents by their SHA-256, 0600, outside the workspace: proposed bytes, bases and what a delete removed. */
export class BlobStore implements BlobPort {
	private readonly disk: Disk;
	private readonly root: string;

	constructor(disk: Disk, root: string) {
		this.disk = disk;
		this.root = root;
	}

	async put(bytes: Uint8Array): Promise<BlobRef> {
		const ref = { sha256: sha256Of(bytes), size: bytes.byteLength };
		const { path, folder } = this.place(ref.sha256);
		if (await this.has(ref.sha256)) {
			await this.touch(ref.sha256);
			return ref;
		}
		await makeFolders(this.disk, folder, 0o700);
		await replaceFile(this.disk, path, bytes);
		return ref;
	}

	/** Keeps it as if it were new: it is of use again. */
	async touch(sha256: string): Promise<void> {
		await this.disk.touch(this.place(sha256).path);
	}

	/** As it is now. Durable when it resolves. */
	async putFile(source: string): Promise<BlobRef> {
		const { ref, folder } = await this.keep((write) => digestFile(this.disk, source, write));
		await this.disk.syncFolder(folder);
		return ref;
	}

	/** Copies files of any size without holding them in memory. Durable, all of them, when it resolves. */
	async putFiles(sources: readonly string[]): Promise<void> {
		const folders = new Set<string>();
		for (const source of sources) folders.add(await this.copy(source));
		for (const folder of folders) await this.disk.syncFolder(folder);
	}

	/** The copy is synced; its name is durable once the returned folder is. */
	private async copy(source: string): Promise<string> {
		return (await this.keep((write) => digestFile(this.disk, source, write))).folder;
	}

	async take(sha256: string, chunks: AsyncIterable<Uint8Array>): Promise<BlobRef> {
		const { ref, folder } = await this.keep(async (write) => {
			const hash = createHash("sha256");
			let size = 0;
			for await (const chunk of chunks) {
				hash.update(chunk);
				size += chunk.byteLength;
				await write(chunk);
			}
			const found = hash.digest("hex");
			if (found === sha256) return { sha256, size };
			throw new Problem("bad_request", `The bytes have SHA-256 ${found}, not the one in the address.`);
		});
		await this.disk.syncFolder(folder);
		return ref;
	}

	/** What is written on the way into the store stands under its name only once all of it is synced. */
	private async keep(fill: (write: Write) => Promise<BlobRef>): Promise<{ ref: BlobRef; folder: string }> {
		const temporary = join(this.root, `${randomBytes(12).toString("hex")}.tmp`);
		const file = await this.disk.open(temporary, CREATE, 0o600);
		try {
			const ref = await fill((chunk) => file.write(chunk));
			await file.sync();
			const { path, folder } = this.place(ref.sha256);
			await makeFolders(this.disk, folder, 0o700);
			await this.disk.rename(temporary, path);
			return { ref, folder };
		} catch (error) {
			await this.disk.unlink(temporary).catch(() => undefined);
			throw error;
		} finally {
			await file.close();
		}
	}

	/** Piece by piece to somewhere else. @throws Problem not_found when it is missing or damaged; then part of it was written */
	async copyTo(sha256: string, write: Write): Promise<void> {
		const found = await digestFile(this.disk, this.place(sha256).path, write).catch((error) => {
			throw errnoOf(error) === "ENOENT" ? gone(sha256) : error;
		});
		if (found.sha256 !== sha256) throw new Problem("not_found", `The kept content ${sha256} is damaged.`);
	}

	async start(sha256: string, length: number): Promise<Uint8Array> {
		const file = await this.disk.open(this.place(sha256).path, READ);
		try {
			const buffer = Buffer.alloc(length);
			return buffer.subarray(0, await file.read(buffer, 0));
		} finally {
			await file.close();
		}
	}

	async get(sha256: string): Promise<Uint8Array> {
		let bytes: Uint8Array;
		try {
			bytes = await this.disk.readFile(this.place(sha256).path);
		} catch (error) {
			throw errnoOf(error) === "ENOENT" ? gone(sha256) : error;
		}
		if (sha256Of(bytes) !== sha256) throw new Problem("not_found", `The kept content ${sha256} is damaged.`);
		return bytes;
	}

	async has(sha256: string): Promise<BlobRef | null> {
		try {
			const stats = await this.disk.lstat(this.place(sha256).path);
			return stats.isFile() ? { sha256, size: stats.size } : null;
		} catch (error) {
			if (errnoOf(error) === "ENOENT") return null;
			throw error;
		}
	}

	private place(sha256: string): { path: string; folder: string } {
		const folder = join(this.root, sha256.slice(0, 2));
		return { folder, path: join(folder, sha256) };
	}
}

type Write = (chunk: Uint8Array) => Promise<void>;

const gone = (sha256: string) => new Problem("not_found", `The kept content ${sha256} is gone.`);

/** Size and SHA-256 of a regular file, chunk by chunk; never follows a link, never waits on a pipe. */
export async function digestFile(disk: Disk, path: string, each?: Write): Promise<BlobRef> {
	const file = await disk.open(path, READ);
	try {
		if (!(await file.stat()).isFile()) throw new Problem("conflict", `${path} is not a regular file any more.`);
		const hash = createHash("sha256");
		const buffer = Buffer.allocUnsafe(CHUNK);
		let size = 0;
		for (;;) {
			const count = await file.read(buffer, size);
			if (count === 0) break;
			const chunk = buffer.subarray(0, count);
			hash.update(chunk);
			await each?.(chunk);
			size += count;
		}
		return { sha256: hash.digest("hex"), size };
	} finally {
		await file.close();
	}
}
