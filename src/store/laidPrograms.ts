import { join } from "node:path";
import { sha256 } from "../base/hash.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";
import { type SealedPlace, sealed, unsealed } from "./seal.ts";

/** Where it stands which programs were laid. */
export const laidPath = (home: Home) => join(home.bin, "laid");

const placeIn = (home: Home): SealedPlace => ({ key: "programs", purpose: "laid", path: laidPath(home) });

/** Puts down, under a seal, what was laid just now: another gate then knows that it was one of us. */
export async function noteLaid(disk: Disk, home: Home, texts: Readonly<Record<string, string>>): Promise<void> {
	const list = Object.entries(texts).map(([name, text]) => `${sha256(text)} ${name}\n`);
	const content = await sealed(disk, home, placeIn(home), list.sort().join(""));
	if ((await readIfThere(disk, laidPath(home))) !== content) await replaceFile(disk, laidPath(home), content);
}

/** The digests of what was laid last, by path; nothing where the seal is broken. */
export async function laidDigests(disk: Disk, home: Home): Promise<ReadonlyMap<string, string>> {
	const content = (await readIfThere(disk, laidPath(home))) ?? "";
	const list = (await unsealed(disk, home, placeIn(home), content)) ?? "";
	return new Map(
		list
			.split("\n")
			.filter(Boolean)
			.map((line) => [join(home.bin, line.slice(65)), line.slice(0, 64)]),
	);
}
