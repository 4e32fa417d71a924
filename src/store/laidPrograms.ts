import { join } from "node:path";
import { sha256 } from "../base/hash.ts";
import { hmacOfDigest } from "../base/hmac.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";
import { readKey, sharedKey } from "./keys.ts";

/** The key that the list is sealed with. */
const KEY = "programs";

/** Where it stands which programs were laid. */
export const laidPath = (home: Home) => join(home.bin, "laid");

const seal = (key: Buffer, list: string) => `${hmacOfDigest(sha256(`countersign/laid/v1\n${list}`), key)}\n${list}`;

/** Puts down, under a seal, what was laid just now: another gate then knows that it was one of us. */
export async function noteLaid(disk: Disk, home: Home, texts: Readonly<Record<string, string>>): Promise<void> {
	const list = Object.entries(texts).map(([name, text]) => `${sha256(text)} ${name}\n`);
	const sealed = seal(await sharedKey(disk, home, KEY), list.sort().join(""));
	if ((await readIfThere(disk, laidPath(home))) !== sealed) await replaceFile(disk, laidPath(home), sealed);
}

/** The digests of what was laid last, by path; nothing where the seal is broken. */
export async function laidDigests(disk: Disk, home: Home): Promise<ReadonlyMap<string, string>> {
	const sealed = (await readIfThere(disk, laidPath(home))) ?? "";
	const key = await readKey(disk, home, KEY);
	const list = sealed.slice(sealed.indexOf("\n") + 1);
	if (!key || sealed !== seal(key, list)) return new Map();
	return new Map(
		list
			.split("\n")
			.filter(Boolean)
			.map((line) => [join(home.bin, line.slice(65)), line.slice(0, 64)]),
	);
}
