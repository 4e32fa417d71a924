import * as fs from "node:fs";
import * as fsp from "node:fs/promises";

/**
 * Every operation on a disk that Countersign does, in one place: a test wraps it and lets operation N fail, for every N.
 * Paths are absolute. Sizes are bytes, times are ms.
 */
export interface Disk {
	open(path: string, flags: number | string, mode?: number): Promise<DiskFile>;
	readFile(path: string): Promise<Buffer>;
	readText(path: string): Promise<string>;
	lstat(path: string): Promise<fs.Stats>;
	stat(path: string): Promise<fs.Stats>;
	realpath(path: string): Promise<string>;
	readdir(path: string): Promise<string[]>;
	readlink(path: string): Promise<string>;
	symlink(target: string, path: string): Promise<void>;
	mkdir(path: string, mode: number): Promise<void>;
	rename(from: string, to: string): Promise<void>;
	/** Fails with EEXIST instead of replacing. */
	link(from: string, to: string): Promise<void>;
	unlink(path: string): Promise<void>;
	rmdir(path: string): Promise<void>;
	chmod(path: string, mode: number): Promise<void>;
	/** Sets the time of its last change to now. */
	touch(path: string): Promise<void>;
	/** Makes the names in a folder durable. */
	syncFolder(path: string): Promise<void>;
	/** Undefined where nothing is: that is often so, and an error costs more than the look. */
	peekSync(path: string): fs.Stats | undefined;
	statSync(path: string): fs.Stats;
	lstatSync(path: string): fs.Stats;
	readlinkSync(path: string): string;
	realpathSync(path: string): string;
}

export interface DiskFile {
	/** Writes all of it, or throws with part of it written. */
	write(bytes: Uint8Array): Promise<void>;
	/** The same without giving up the thread: for a line that must be on its way before the answer. */
	writeSync(bytes: Uint8Array): void;
	read(buffer: Uint8Array, position: number): Promise<number>;
	stat(): Promise<fs.Stats>;
	statSync(): fs.Stats;
	chmod(mode: number): Promise<void>;
	chown(uid: number, gid: number): Promise<void>;
	truncate(size: number): Promise<void>;
	sync(): Promise<void>;
	/** The content and its length. In place where the disk was quick the last time, else without giving up the thread's time. */
	datasync(): Promise<void>;
	close(): Promise<void>;
}

/** To hand a sync to another thread and back takes a tenth of a millisecond, as long as it takes such a disk. Ms. */
const QUICK_SYNC = 1;

class RealFile implements DiskFile {
	private readonly handle: fsp.FileHandle;
	private isQuick = false;

	constructor(handle: fsp.FileHandle) {
		this.handle = handle;
	}

	async write(bytes: Uint8Array): Promise<void> {
		for (let at = 0; at < bytes.byteLength; ) {
			at += (await this.handle.write(bytes, at, bytes.byteLength - at)).bytesWritten;
		}
	}

	writeSync(bytes: Uint8Array): void {
		for (let at = 0; at < bytes.byteLength; ) at += fs.writeSync(this.handle.fd, bytes, at, bytes.byteLength - at);
	}

	async read(buffer: Uint8Array, position: number): Promise<number> {
		return (await this.handle.read(buffer, 0, buffer.byteLength, position)).bytesRead;
	}

	stat = () => this.handle.stat();
	statSync = () => fs.fstatSync(this.handle.fd);
	chmod = (mode: number) => this.handle.chmod(mode);
	chown = (uid: number, gid: number) => this.handle.chown(uid, gid);
	truncate = (size: number) => this.handle.truncate(size);
	sync = () => this.handle.sync();
	async datasync(): Promise<void> {
		const from = performance.now();
		if (this.isQuick) fs.fdatasyncSync(this.handle.fd);
		else await this.handle.datasync();
		this.isQuick = performance.now() - from < QUICK_SYNC;
	}

	close = () => this.handle.close();
}

export const realDisk: Disk = {
	open: async (path, flags, mode) => new RealFile(await fsp.open(path, flags, mode)),
	readFile: (path) => fsp.readFile(path),
	readText: (path) => fsp.readFile(path, "utf8"),
	lstat: (path) => fsp.lstat(path),
	stat: (path) => fsp.stat(path),
	realpath: (path) => fsp.realpath(path),
	readdir: (path) => fsp.readdir(path),
	readlink: (path) => fsp.readlink(path),
	symlink: (target, path) => fsp.symlink(target, path),
	mkdir: async (path, mode) => void (await fsp.mkdir(path, mode)),
	rename: (from, to) => fsp.rename(from, to),
	link: (from, to) => fsp.link(from, to),
	unlink: (path) => fsp.unlink(path),
	rmdir: (path) => fsp.rmdir(path),
	chmod: (path, mode) => fsp.chmod(path, mode),
	touch: (path) => fsp.utimes(path, new Date(), new Date()),
	syncFolder: async (path) => {
		if (process.platform === "win32") return;
		const folder = await fsp.open(path, "r");
		try {
			await folder.sync();
		} finally {
			await folder.close();
		}
	},
	peekSync: (path) => fs.statSync(path, { throwIfNoEntry: false }),
	statSync: (path) => fs.statSync(path),
	lstatSync: (path) => fs.lstatSync(path),
	readlinkSync: (path) => fs.readlinkSync(path),
	realpathSync: (path) => fs.realpathSync.native(path),
};
