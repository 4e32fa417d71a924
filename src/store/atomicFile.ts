import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "../base/errors.ts";
import type { Disk } from "./disk.ts";

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** A new file with exactly these bytes and mode, synced; never follows a link, never replaces. */
export async function createFile(disk: Disk, path: string, bytes: Uint8Array, mode = 0o600): Promise<void> {
	const file = await disk.open(path, CREATE, mode);
	try {
		await file.write(bytes);
		await file.sync();
	} catch (error) {
		await file.close();
		await disk.unlink(path).catch(() => undefined);
		throw error;
	}
	await file.close();
}

/** Replaces a file in one step: whoever opens it sees the old bytes or the new ones, also after a power cut. */
export async function replaceFile(disk: Disk, path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
	const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
	await createFile(disk, temporary, typeof content === "string" ? Buffer.from(content) : content, mode);
	try {
		await disk.rename(temporary, path);
	} catch (error) {
		await disk.unlink(temporary).catch(() => undefined);
		throw error;
	}
	await disk.syncFolder(dirname(path));
}

/** The file's text, or undefined when there is none. */
export async function readIfThere(disk: Disk, path: string): Promise<string | undefined> {
	try {
		return await disk.readText(path);
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return undefined;
		throw error;
	}
}

/** Makes the folder and its missing parents. */
export async function makeFolders(disk: Disk, path: string, mode: number): Promise<void> {
	try {
		await disk.mkdir(path, mode);
	} catch (error) {
		const code = errnoOf(error);
		if (code === "EEXIST") return;
		if (code !== "ENOENT") throw error;
		await makeFolders(disk, dirname(path), mode);
		await makeFolders(disk, path, mode);
		return;
	}
	await disk.syncFolder(dirname(path));
}
