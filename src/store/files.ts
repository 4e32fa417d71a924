import { constants } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { tryParseJson } from "../base/tryParseJson.ts";
import type { Aside, BlobRef, FilePort, NamedListing, PathAccess, PathFacts, Staged } from "../core/ports.ts";
import { PERMISSIONS } from "../core/restore.ts";
import { LIMITS } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { makeFolders } from "./atomicFile.ts";
import { type BlobStore, digestFile } from "./blobs.ts";
import type { Disk } from "./disk.ts";
import { resolvePath } from "./resolvePath.ts";
import { type Entry, layTree, listingOf, manifestOf } from "./trees.ts";

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
		return listingOf(await this.walk(canonical));
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

	/** Touched, so that what waits to come back is not erased meanwhile. */
	async kept(digest: string): Promise<NamedListing> {
		const entries = await this.keptEntries(digest);
		for (const { kind, content } of entries) {
			if (kind !== "file") continue;
			if (!(await this.blobs.has(content))) throw new Problem("not_found", `The kept content ${content} is gone.`);
			await this.blobs.touch(content);
		}
		await this.blobs.put(Buffer.from(manifestOf(entries)));
		return listingOf(entries);
	}

	private async keptEntries(digest: string): Promise<readonly Entry[]> {
		const text = Buffer.from(await this.blobs.get(digest)).toString("utf8");
		const entries = (tryParseJson(text) ?? []) as Entry[];
		if (entries.some(({ kind }) => kind === "other"))
			throw new Problem("unsupported", "It held a socket, a pipe or a device: that cannot be put back.");
		return entries.map((entry) => (entry.kind === "file" ? { ...entry, mode: entry.mode & PERMISSIONS } : entry));
	}

	async stageTree(facts: PathFacts, digest: string, tag: string): Promise<Staged> {
		const { canonical } = facts;
		const entries = await this.keptEntries(digest);
		await makeFolders(this.disk, dirname(canonical), 0o777);
		const temporary = besideName(canonical, tag, "tmp");
		const discard = () => this.removeIfThere(temporary);
		try {
			await discard();
			await layTree(this.disk, this.blobs, temporary, entries);
			return {
				sha256: (await this.list(temporary)).digest,
				commit: () => this.commitTree(temporary, canonical),
				discard,
			};
		} catch (error) {
			await discard().catch(() => undefined);
			throw error;
		}
	}

	async stage(facts: PathFacts, sha256: string, tag: string, mode?: number): Promise<Staged> {
		const folder = dirname(facts.canonical);
		await makeFolders(this.disk, folder, 0o777);
		const temporary = besideName(facts.canonical, tag, "tmp");
		const discard = () => this.unlinkIfThere(temporary);
		try {
			return {
				sha256: await this.writeTemporary(temporary, facts, sha256, mode),
				commit: (mustCreate) => this.commit(facts, temporary, mustCreate),
				discard,
			};
		} catch (error) {
			await discard().catch(() => undefined);
			throw movedOn(error, facts.canonical);
		}
	}

	private async writeTemporary(
		temporary: string,
		facts: PathFacts,
		sha256: string,
		mode: number | undefined,
	): Promise<string> {
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
			await file.chmod(mode ?? (facts.kind === "file" ? facts.mode & PERMISSIONS : 0o666 & ~process.umask()));
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

	private async commitTree(temporary: string, canonical: string): Promise<void> {
		if (await this.isThere(canonical))
			throw new Problem("conflict", `conflict: ${canonical} was created meanwhile; nothing was touched`);
		await this.disk.rename(temporary, canonical);
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
		await this.removeIfThere(besideName(canonical, tag, "tmp"));
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

	private async removeIfThere(path: string): Promise<void> {
		if (await this.isThere(path)) await this.remove(path);
	}

	private async unlinkIfThere(path: string): Promise<void> {
		if (await this.isThere(path)) await this.disk.unlink(path);
	}
}

const tooLarge = (canonical: string) =>
	new Problem("too_large", `${canonical} is larger than 128 MiB; the gate does not review files that large.`);

/** What is gone, or a link or socket by now, is not what was approved. */
function movedOn(error: unknown, canonical: string): unknown {
	const became = BECAME[errnoOf(error) ?? ""];
	return became === undefined ? error : new Problem("conflict", `${canonical} is ${became}.`);
}

const BECAME: Readonly<Record<string, string>> = { ELOOP: "a link now", ENOENT: "gone", ENXIO: "a socket now" };

/** Beside the target, so that a rename is enough; short, so that a long name still has room; named after the request. */
const besideName = (canonical: string, tag: string, suffix: string) =>
	join(dirname(canonical), `.countersign-${sha256(basename(canonical)).slice(0, 8)}-${tag}.${suffix}`);
