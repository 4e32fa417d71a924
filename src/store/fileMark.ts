import { errnoOf } from "../base/errors.ts";
import type { Disk } from "./disk.ts";

/** The mark of a file that is not there. */
export const NO_FILE = "nothing";

/** Another one when the file may have another content or other permissions. Without giving up the thread. */
export function markOf(disk: Disk, path: string): string {
	try {
		const stats = disk.peekSync(path);
		if (!stats) return NO_FILE;
		const { ino, size, mtimeMs, ctimeMs, mode } = stats;
		return `${ino} ${size} ${mtimeMs} ${ctimeMs} ${mode}`;
	} catch (error) {
		return errnoOf(error) ?? "unreadable";
	}
}
