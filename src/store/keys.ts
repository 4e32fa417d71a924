import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { createFile, readIfThere } from "./atomicFile.ts";
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

export async function makeKey(disk: Disk, home: Home, folderId: string): Promise<Buffer> {
	const key = randomBytes(32);
	const path = join(home.keys, folderId);
	await createFile(disk, path, Buffer.from(`${key.toString("hex")}\n`));
	await disk.syncFolder(dirname(path));
	return key;
}
