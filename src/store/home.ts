import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { sha256 } from "../base/hash.ts";
import { makeFolders } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";

/** COUNTERSIGN_HOME: everything of Countersign's that is not in a workspace. Every folder 0700. */
export interface Home {
	readonly root: string;
	readonly run: string;
	readonly journal: string;
	readonly heads: string;
	readonly keys: string;
	readonly blobs: string;
	readonly bin: string;
	readonly backups: string;
	readonly drafts: string;
	/** Where cards stand and what was heard of people away. Not below `run`, which an agent in a container may see. */
	readonly away: string;
	readonly policy: string;
	readonly agents: string;
	readonly channels: string;
}

export function homeAt(root = process.env.COUNTERSIGN_HOME || join(homedir(), ".countersign")): Home {
	return {
		root,
		run: join(root, "run"),
		journal: join(root, "journal"),
		heads: join(root, "heads"),
		keys: join(root, "keys"),
		blobs: join(root, "blobs"),
		bin: join(root, "bin"),
		backups: join(root, "backups"),
		drafts: join(root, "drafts"),
		away: join(root, "away"),
		policy: join(root, "policy.yaml"),
		agents: join(root, "agents.json"),
		channels: join(root, "channels.yaml"),
	};
}

/** Makes the folders that are missing. @throws Error when one is a link, another user's, or open to others. */
export async function openHome(disk: Disk, home: Home): Promise<void> {
	const { root, run, journal, heads, keys, blobs, bin, backups, drafts, away } = home;
	for (const folder of [root, run, journal, heads, keys, blobs, bin, backups, drafts, away]) {
		await makeFolders(disk, folder, 0o700);
		await requirePrivate(disk, folder);
	}
}

export async function requirePrivate(disk: Disk, folder: string): Promise<void> {
	const stats = await disk.lstat(folder);
	if (!stats.isDirectory()) throw new Error(`${folder} is not a folder of its own. Move it away and start again.`);
	if (process.platform === "win32") return;
	if (stats.uid !== userInfo().uid)
		throw new Error(`${folder} belongs to another user. Set COUNTERSIGN_HOME to a folder of yours.`);
	if (stats.mode & 0o077) throw new Error(`Others may open ${folder}. Run: chmod 700 '${folder}'`);
}

/** First 16 hex digits of SHA-256 over the folder's real path. */
export function folderIdOf(realPath: string): string {
	return sha256(realPath).slice(0, 16);
}

/** A Unix socket's path has at most 107 bytes; where ours would be longer it moves to a private temp folder. */
const MAX_SOCKET_PATH = 100;

export function socketPathFor(home: Home, folderId: string): string {
	if (process.platform === "win32") return `\\\\.\\pipe\\countersign-${folderId}`;
	const usual = join(home.run, `${folderId}.sock`);
	if (Buffer.byteLength(usual) <= MAX_SOCKET_PATH) return usual;
	const owner = sha256(home.root).slice(0, 8);
	return join(tmpdir(), `countersign-${userInfo().uid}-${owner}`, `${folderId}.sock`);
}
