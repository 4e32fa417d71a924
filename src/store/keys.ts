import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";

/** The MAC key of a folder's chain: 32 random bytes in hex, 0600, outside the workspace. Undefined when there is none yet. */
export async function readKey(disk: Disk, home: Home, folderId: string): Promise<Buffer | undefined> {
	const path = join(home.keys, folderId);
	const text = await readIfThere(disk, path);
	if (text === undefined) return undefined;
	if (!/^[0-9a-f]{64}\n$/.test(text))
		throw new Error(`${path} is not a key. Put the right one back; without it the journal proves nothing.`);
	return Buffer.from(text.trim(), "hex");
}

/** The same, made where there is none; of two processes that make it at once, both get the first one's. */
export async function sharedKey(disk: Disk, home: Home, name: string): Promise<Buffer> {
	const known = await readKey(disk, home, name);
	if (known) return known;
	const temporary = join(home.keys, `${name}.${randomBytes(6).toString("hex")}.tmp`);
	await replaceFile(disk, temporary, `${randomBytes(32).toString("hex")}\n`);
	try {
		await disk.link(temporary, join(home.keys, name));
	} catch (error) {
		if (errnoOf(error) !== "EEXIST") throw error;
	} finally {
		await disk.unlink(temporary);
	}
	return sharedKey(disk, home, name);
}

/** Whole or not at all: half a key would look like a damaged one at the next start. */
export async function makeKey(disk: Disk, home: Home, folderId: string): Promise<Buffer> {
	const key = randomBytes(32);
	const path = join(home.keys, folderId);
	await replaceFile(disk, path, `${key.toString("hex")}\n`);
	return key;
}
