import { join } from "node:path";
import * as z from "zod";
import { errnoOf } from "../base/errors.ts";
import { tryParseJson } from "../base/tryParseJson.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import { machineId, processStartTime } from "./process.ts";

const wishSchema = z.strictObject({
	pid: z.int(),
	startTime: z.string(),
	machine: z.string(),
	owner: z.enum(["editor", "serve"]),
});

/** A process that would like to own a folder that another one owns. */
export type Wish = z.infer<typeof wishSchema>;

const wishPath = (run: string, folderId: string) => join(run, `${folderId}.takeover`);

/** Asks the owner to let go. It takes nothing: only the owner gives up its lock. */
export async function wishFor(disk: Disk, run: string, folderId: string, owner: Wish["owner"]): Promise<void> {
	const wish: Wish = { pid: process.pid, startTime: processStartTime(process.pid), machine: machineId(), owner };
	await replaceFile(disk, wishPath(run, folderId), JSON.stringify(wish));
}

/** The wish of a process that still lives; what the dead left behind is cleared away. */
export async function readWish(disk: Disk, run: string, folderId: string): Promise<Wish | undefined> {
	const text = await readIfThere(disk, wishPath(run, folderId));
	if (text === undefined) return undefined;
	const wish = wishSchema.safeParse(tryParseJson(text)).data;
	if (wish && wish.machine === machineId() && processStartTime(wish.pid) === wish.startTime) return wish;
	await endWish(disk, run, folderId);
	return undefined;
}

/** Fulfilled, refused or given up. */
export async function endWish(disk: Disk, run: string, folderId: string): Promise<void> {
	await disk.unlink(wishPath(run, folderId)).catch((error) => {
		if (errnoOf(error) !== "ENOENT") throw error;
	});
}
