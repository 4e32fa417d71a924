import { constants } from "node:fs";
import { basename, dirname, join } from "node:path";
import { canonicalJson, type Json } from "../base/canonicalJson.ts";
import { errnoOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import type { Aside, BlobRef, FilePort, NamedListing, PathAccess, PathFacts, Staged } from "../core/ports.ts";
import { LIMITS } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { makeFolders } from "./atomicFile.ts";
import { type BlobStore, digestFile } from "./blobs.ts";
import type { Disk } from "./disk.ts";
import { resolvePath } from "./resolvePath.ts";

const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const MAX_ENTRIES = 100_000;
/** In the search for another name of a file. */
const MAX_LOOKED = 20_000;
/** Held in memory, which is quicker. Bytes. */
const SMALL = 1024 * 1024;

/** The workspace as the gate reads and changes it. Plain file I/O: bytes in are bytes out. */
export class WorkspaceFiles implements FilePort {
	private readonly disk: Disk;
	private readonly blobs: BlobStore;

	constructor(disk: Disk, blobs: BlobStore) {
		this.disk = disk;
		this.blobs = blobs;
	}

	resolve(path: string, cwd: string, access: PathAccess): PathFacts {
		return resolvePath(this.disk, path, cwd, access);
	}

	async read(canonical: string): Promise<Uint8Array> {
		const chunks: Buffer[] = [];
		let size = 0;
		await digestFile(this.disk, canonical, async (chunk) => {
			size += chunk.byteLength;
			if (size > LIMITS.blob) throw tooLarge(canonical);
			chunks.push(Buffer.from(chunk));
		});
		return Buffer.concat(chunks);
	}

	/** A large file that is known already is read, not written once more: it is looked at again and again. */
	async snapshot(canonical: string): Promise<BlobRef> {
		const { size } = await this.disk.lstat(canonical);
		if (size <= SMALL) return this.blobs.put(await this.read(canonical));
		const found = await digestFile(this.disk, canonical);
		if (found.size > LIMITS.blob) throw tooLarge(canonical);
		if (!(await this.blobs.has(found.sha256))) return this.blobs.putFile(canonical);
		await this.blobs.touch(found.sha256);
		return found;
	}

	async hash(canonical: string): Promise<BlobRef | null> {
		try {
			return await digestFile(this.disk, canonical);
		} catch (error) {
			if (errnoOf(error) === "ENOENT") return null;
			throw movedOn(error, canonical);
		}
	}

	async names(folder: string): Promise<readonly string[]> {
		try {
			return await this.disk.readdir(folder);
		} catch (error) {
			if (["ENOENT", "ENOTDIR", "EACCES"].includes(errnoOf(error) ?? "")) return [];
			throw error;
		}
	}

	async find(folder: string, { dev, ino }: Pick<PathFacts, "dev" | "ino">): Promise<string | undefined> {
		const paths = [folder];
		for (let at = 0; at < Math.min(paths.length, MAX_LOOKED); at++) {
			const path = paths[at] ?? "";
			const stats = await this.disk.lstat(path).catch(() => undefined);
			if (stats?.dev === dev && stats.ino === ino) return path;
			if (stats?.isDirectory()) paths.push(...(await this.names(path)).map((name) => join(path, name)));
		}
		return undefined;
	}

	async list(canonical: string): Promise<NamedListing> {
		const entries = await this.walk(canonical);
		const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
		return {
			digest: sha256(manifestOf(entries)),
			entries: entries.length,
			bytes,
			names: entries.map((entry) => entry.path),
		};
	}

	/** The manifest of a folder is kept under its listing's digest, the files below it under their own. */
	async keep(facts: PathFacts): Promise<void> {
		if (facts.kind === "file") {
			return this.blobs.putFiles([facts.canonical]).catch((error) => {
				throw movedOn(error, facts.canonical);
			});
		}
		const entries = await this.walk(facts.canonical);
		const files = entries.filter((entry) => entry.kind === "file").map((entry) => join(facts.canonical, entry.path));
		await this.blobs.putFiles(files);
		await this.blobs.put(Buffer.from(manifestOf(entries)));
	}

	async stage(facts: PathFacts, sha256: string, tag: string): Promise<Staged> {
		const folder = dirname(facts.canonical);
		await makeFolders(this.disk, folder, 0o777);
		const temporary = besideName(facts.canonical, tag, "tmp");
		const discard = () => this.unlinkIfThere(temporary);
		try {
			return {
				sha256: await this.writeTemporary(temporary, facts, sha256),
				commit: (mustCreate) => this.commit(facts, temporary, mustCreate),
				discard,
			};
		} catch (error) {
			await discard().catch(() => undefined);
			throw movedOn(error, facts.canonical);
		}
	}

	private async writeTemporary(temporary: string, facts: PathFacts, sha256: string): Promise<string> {
		await this.unlinkIfThere(temporary);
		// Never wider than what it replaces, not even for a moment.
		const file = await this.disk.open(temporary, CREATE, facts.kind === "file" ? facts.mode & 0o600 : 0o600);
		try {
			await this.blobs.copyTo(sha256, (chunk) => file.write(chunk));
			if (facts.kind === "file") {
				const old = await this.disk.lstat(facts.canonical);
				const own = await file.stat();
				if (own.uid !== old.uid || own.gid !== old.gid) await file.chown(old.uid, old.gid);
			}
			await file.chmod(facts.kind === "file" ? facts.mode & 0o1777 : 0o666 & ~process.umask());
			await file.sync();
		} finally {
			await file.close();
		}
		return (await digestFile(this.disk, temporary)).sha256;
	}

	private async commit(facts: PathFacts, temporary: string, mustCreate: boolean): Promise<void> {
		const { canonical } = facts;
		if (mustCreate) {
			try {
				await this.disk.link(temporary, canonical);
			} catch (error) {
				if (errnoOf(error) === "EEXIST")
					throw new Problem("conflict", `conflict: ${canonical} was created meanwhile; nothing was touched`);
				throw error;
			}
			await this.disk.unlink(temporary);
		} else {
			if (!(await this.disk.lstat(canonical)).isFile()) {
				throw new Problem("conflict", `conflict: ${canonical} is not a regular file any more; nothing was touched`);
			}
			await this.disk.rename(temporary, canonical);
		}
		await this.disk.syncFolder(dirname(canonical));
	}

	async setAside(facts: PathFacts, tag: string): Promise<Aside> {
		const { canonical } = facts;
		const aside = besideName(canonical, tag, "aside");
		await this.disk.rename(canonical, aside);
		return {
			digest: async () =>
				facts.kind === "file" ? (await digestFile(this.disk, aside)).sha256 : (await this.list(aside)).digest,
			restore: () => this.putBack(aside, canonical),
			remove: async () => {
				const removing = besideName(canonical, tag, "removing");
				await this.disk.rename(aside, removing);
				await this.remove(removing);
				await this.disk.syncFolder(dirname(canonical));
			},
		};
	}

	async sweep(canonical: string, tag: string): Promise<void> {
		await this.unlinkIfThere(besideName(canonical, tag, "tmp"));
		const [aside, removing] = [besideName(canonical, tag, "aside"), besideName(canonical, tag, "removing")];
		if (await this.isThere(aside)) await this.putBack(aside, canonical);
		if (await this.isThere(removing)) await this.remove(removing);
	}

	/** Never over something that came there meanwhile. */
	private async putBack(aside: string, canonical: string): Promise<void> {
		if (await this.isThere(canonical)) {
			throw new Problem("conflict", `conflict: something new is at ${canonical}; what was there before is at ${aside}`);
		}
		await this.disk.rename(aside, canonical);
		await this.disk.syncFolder(dirname(canonical));
	}

	/** Links are removed, never followed. */
	private async remove(path: string): Promise<void> {
		if (!(await this.disk.lstat(path)).isDirectory()) return this.disk.unlink(path);
		for (const name of await this.disk.readdir(path)) await this.remove(join(path, name));
		return this.disk.rmdir(path);
	}

	private async walk(root: string, path = ""): Promise<Entry[]> {
		const here = join(root, path);
		const stats = await this.disk.lstat(here);
		const entry = { path, mode: stats.mode & 0o7777, size: 0 };
		if (stats.isSymbolicLink()) return [{ ...entry, kind: "symlink", content: await this.disk.readlink(here) }];
		if (stats.isFile()) {
			const { sha256: content, size } = await digestFile(this.disk, here);
			return [{ ...entry, kind: "file", size, content }];
		}
		if (!stats.isDirectory()) return [{ ...entry, kind: "other", content: "" }];
		const entries: Entry[] = [{ ...entry, kind: "directory", content: "" }];
		for (const name of (await this.disk.readdir(here)).sort()) {
			entries.push(...(await this.walk(root, join(path, name))));
			if (entries.length > MAX_ENTRIES)
				throw new Problem("too_large", `${root} holds more than ${MAX_ENTRIES} entries.`);
		}
		return entries;
	}

	private async isThere(path: string): Promise<boolean> {
		try {
			await this.disk.lstat(path);
			return true;
		} catch (error) {
			if (errnoOf(error) === "ENOENT") return false;
			throw error;
		}
	}

	private async unlinkIfThere(path: string): Promise<void> {
		if (await this.isThere(path)) await this.disk.unlink(path);
	}
}

/** One thing in a folder that is to be deleted. `content`: a file's SHA-256, a link's target. */
interface Entry {
	readonly path: string;
	readonly kind: "file" | "directory" | "symlink" | "other";
	readonly mode: number;
	readonly size: number;
	readonly content: string;
}

const tooLarge = (canonical: string) =>
	new Problem("too_large", `${canonical} is larger than 128 MiB; the gate does not review files that large.`);

/** What is gone, or a link or socket by now, is not what was approved. */
function movedOn(error: unknown, canonical: string): unknown {
	const became = BECAME[errnoOf(error) ?? ""];
	return became === undefined ? error : new Problem("conflict", `${canonical} is ${became}.`);
}

const BECAME: Readonly<Record<string, string>> = { ELOOP: "a link now", ENOENT: "gone", ENXIO: "a socket now" };

const manifestOf = (entries: readonly Entry[]) => canonicalJson(entries as unknown as Json);

/** Beside the target, so that a rename is enough; short, so that a long name still has room; named after the request. */
const besideName = (canonical: string, tag: string, suffix: string) =>
	join(dirname(canonical), `.countersign-${sha256(basename(canonical)).slice(0, 8)}-${tag}.${suffix}`);
