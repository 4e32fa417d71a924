import { realDisk } from "../store/disk.ts";
import type { Home } from "../store/home.ts";
import { FolderLock, type Holder } from "../store/lock.ts";
import { botName } from "../store/sharedBot.ts";

/** One process at a time listens to a bot: two would take each other's messages. @throws LockedError */
export const lockBot = (home: Home, channel: string, token: string, owner: Holder["owner"]): Promise<FolderLock> =>
	FolderLock.acquire(realDisk, home.run, botName(channel, token), owner);
