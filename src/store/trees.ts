import { constants } from "node:fs";
import { dirname, join } from "node:path";
import { canonicalJson, type Json } from "../base/canonicalJson.ts";
import { sha256 } from "../base/hash.ts";
import type { BlobStore } from "./blobs.ts";
import type { Disk } from "./disk.ts";

/** One thing in a folder. `content`: a file's SHA-256, a link's target. */
export interface Entry {
	/** Below the folder; "" for itself. */
	readonly path: string;
	readonly kind: "file" | "directory" | "symlink" | "other";
	readonly mode: number;
	readonly size: number;
	readonly content: string;
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** A whole folder in one text; its digest is the listing's. */
export const manifestOf = (entries: readonly Entry[]) => canonicalJson(entries as unknown as Json);

export const listingOf = (entries: readonly Entry[]) => ({
	digest: sha256(manifestOf(entries)),
	entries: entries.length,
	bytes: entries.reduce((sum, entry) => sum + entry.size, 0),
	names: entries.map((entry) => entry.path),
	sizes: entries.map((entry) => entry.size),
});

/** Makes the folder anew where nothing is, each thing in it synced. Folders come before what is in them. */
export async function layTree(disk: Disk, blobs: BlobStore, root: string, entries: readonly Entry[]): Promise<void> {
	for (const { path, kind, content } of entries) {
		const here = join(root, path);
		if (kind === "directory") await disk.mkdir(here, 0o700);
		else if (kind === "symlink") await disk.symlink(content, here);
		else await layFile(disk, blobs, here, content);
	}
	// From the innermost: a folder that may not be written to could not be filled.
	for (const { path, kind, mode } of [...entries].reverse()) {
		const here = join(root, path);
		if (kind === "directory") await disk.syncFolder(here);
		if (kind !== "symlink") await disk.chmod(here, mode);
	}
	await disk.syncFolder(dirname(root));
}

async function layFile(disk: Disk, blobs: BlobStore, path: string, digest: string): Promise<void> {
	const file = await disk.open(path, CREATE, 0o600);
	try {
		await blobs.copyTo(digest, (chunk) => file.write(chunk));
		await file.sync();
	} finally {
		await file.close();
	}
}
