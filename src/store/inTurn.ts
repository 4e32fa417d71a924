import { setTimeout as pause } from "node:timers/promises";
import type { Disk } from "./disk.ts";
import { type FolderLock, type Holder, tryLock } from "./lock.ts";
import type { Exclusively } from "./sentBook.ts";

/** How soon it is seen that it is our turn. Ms. */
const LOOK_EVERY = 20;

/** Lets one process of this machine at a time work; the others wait until it is done, or dead. */
export function inTurn(
	disk: Disk,
	run: string,
	name: string,
	owner: Holder["owner"],
	signal: AbortSignal,
): Exclusively {
	const acquire = async (): Promise<FolderLock> => {
		for (;;) {
			signal.throwIfAborted();
			const lock = await tryLock(disk, run, name, owner);
			if (lock) return lock;
			await pause(LOOK_EVERY, undefined, { signal });
		}
	};
	return async (work) => {
		const lock = await acquire();
		try {
			return await work();
		} finally {
			await lock.release();
		}
	};
}
