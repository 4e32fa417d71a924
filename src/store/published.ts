import { constants } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { makeFolders, readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk, DiskFile } from "./disk.ts";

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** What was found instead of our copy, and where it was moved. */
export interface Drift {
	readonly what: "missing" | "changed";
	readonly movedTo?: string;
}

/**
 * `.countersign/audit.jsonl`: the journal line for line, for people and collectors. Written, never read back as truth.
 * What is there must be a prefix of the journal; anything else is moved aside and the journal is published anew.
 */
export class PublishedFile {
	readonly path: string;
	private readonly disk: Disk;
	private readonly folder: string;
	private file: DiskFile | undefined;
	private inode = 0;
	private size = 0;
	private changed = 0;

	constructor(disk: Disk, workspace: string) {
		this.disk = disk;
		this.folder = join(workspace, ".countersign");
		this.path = join(this.folder, "audit.jsonl");
	}

	/**
	 * Opens it behind `journal`, of which the first `mustHold` bytes were published before. The caller then writes what
	 * is missing.
	 */
	async open(journal: Uint8Array, mustHold: number): Promise<{ drift?: Drift; published: number }> {
		await this.close();
		await this.openFolder();
		const found = await this.readRegular();
		let drift: Drift | undefined;
		if (found === undefined) {
			if (mustHold > 0) drift = { what: "missing" };
		} else if (found.byteLength < mustHold || !isPrefix(found, journal)) {
			drift = { what: "changed", movedTo: await this.moveAside() };
		}
		const published = drift || found === undefined ? 0 : found.byteLength;
		this.file = await this.disk.open(this.path, APPEND, 0o600);
		this.remember(published);
		return drift ? { drift, published } : { published };
	}

	/** @throws when not all of it could be written */
	async append(bytes: Uint8Array): Promise<void> {
		if (!this.file) throw new Error(`${this.path} is not open`);
		try {
			this.file.writeSync(bytes);
		} catch (error) {
			// Half of our own lines is nobody's drift.
			await this.file.truncate(this.size).catch(() => undefined);
			throw error;
		}
		this.remember(this.size + bytes.byteLength);
	}

	/** False when somebody else touched, replaced or removed the file since our last write. */
	isIntact(): boolean {
		try {
			const stats = this.disk.lstatSync(this.path);
			return stats.isFile() && stats.ino === this.inode && stats.size === this.size && stats.ctimeMs === this.changed;
		} catch {
			return false;
		}
	}

	async close(): Promise<void> {
		const file = this.file;
		this.file = undefined;
		await file?.close().catch(() => undefined);
	}

	private remember(size: number): void {
		const stats = this.file?.statSync();
		if (!stats || stats.size !== size || stats.nlink !== 1) throw new Error(`${this.path} is not ours alone`);
		this.inode = stats.ino;
		this.size = size;
		this.changed = stats.ctimeMs;
	}

	private async openFolder(): Promise<void> {
		await makeFolders(this.disk, this.folder, 0o755);
		if (!(await this.disk.lstat(this.folder)).isDirectory()) {
			throw new Error(`${this.folder} is a link or a file; it must be a folder for the audit file. Move it away.`);
		}
		const ignore = join(this.folder, ".gitignore");
		if ((await readIfThere(this.disk, ignore)) === undefined)
			await replaceFile(this.disk, ignore, "/.gitignore\n/audit*.jsonl\n", 0o644);
	}

	/** Undefined when there is none; a link, a pipe or a file with two names is moved away unread. */
	private async readRegular(): Promise<Buffer | undefined> {
		try {
			const stats = await this.disk.lstat(this.path);
			if (!stats.isFile() || stats.nlink !== 1) return Buffer.from("not a regular file");
			return await this.disk.readFile(this.path);
		} catch (error) {
			if (errnoOf(error) === "ENOENT") return undefined;
			throw error;
		}
	}

	private async moveAside(): Promise<string> {
		for (let n = 1; ; n++) {
			const aside = join(this.folder, `audit.drift-${n}.jsonl`);
			try {
				await this.disk.lstat(aside);
			} catch {
				await this.disk.rename(this.path, aside);
				return aside;
			}
		}
	}
}

/** Whether what is published is the beginning of what was recorded. */
export const isPrefix = (found: Uint8Array, whole: Uint8Array) =>
	found.byteLength <= whole.byteLength && Buffer.compare(found, whole.subarray(0, found.byteLength)) === 0;
