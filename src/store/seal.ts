import { sha256 } from "../base/hash.ts";
import { hmacOfDigest } from "../base/hmac.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";
import { readKey, sharedKey } from "./keys.ts";

/** What a text of ours is good for, and where it lies: a sealed text means nothing elsewhere. */
export interface SealedPlace {
	/** The name of the key in COUNTERSIGN_HOME/keys; it is made with the first seal. */
	readonly key: string;
	readonly purpose: string;
	readonly path: string;
}

/** The text below a line that says that it is ours. Whoever writes the file without the key breaks the seal. */
export async function sealed(disk: Disk, home: Home, place: SealedPlace, text: string): Promise<string> {
	return withSeal(await sharedKey(disk, home, place.key), place, text);
}

/** The text of what `sealed` gave; undefined: the seal is broken, or there never was one. */
export async function unsealed(
	disk: Disk,
	home: Home,
	place: SealedPlace,
	content: string,
): Promise<string | undefined> {
	const text = content.slice(content.indexOf("\n") + 1);
	const key = await readKey(disk, home, place.key);
	return key && content === withSeal(key, place, text) ? text : undefined;
}

const withSeal = (key: Buffer, { purpose, path }: SealedPlace, text: string) =>
	`# ${purpose} ${hmacOfDigest(sha256(`countersign/${purpose}/v1\n${path}\n${text}`), key)}\n${text}`;
