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
			await this.disk.touch(path);
			return ref;
		}
		await makeFolders(this.disk, folder, 0o700);
		await replaceFile(this.disk, path, bytes);
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
		const temporary = join(this.root, `${randomBytes(12).toString("hex")}.tmp`);
		const file = await this.disk.open(temporary, CREATE, 0o600);
		try {
			const { sha256 } = await digestFile(this.disk, source, (chunk) => file.write(chunk));
			await file.sync();
			const { path, folder } = this.place(sha256);
			await makeFolders(this.disk, folder, 0o700);
			await this.disk.rename(temporary, path);
			return folder;
		} catch (error) {
			await this.disk.unlink(temporary).catch(() => undefined);
			throw error;
		} finally {
			await file.close();
		}
	}

	async get(sha256: string): Promise<Uint8Array> {
		let bytes: Uint8Array;
		try {
			bytes = await this.disk.readFile(this.place(sha256).path);
		} catch (error) {
			if (errnoOf(error) === "ENOENT") throw new Problem("not_found", `The kept content ${sha256} is gone.`);
			throw error;
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

/** Size and SHA-256 of a regular file, chunk by chunk; never follows a link, never waits on a pipe. */
export async function digestFile(
	disk: Disk,
	path: string,
	each?: (chunk: Uint8Array) => Promise<void>,
): Promise<BlobRef> {
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
