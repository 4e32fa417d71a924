import { basename, dirname, join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { makeFolders, readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import { type Home, openHome } from "./home.ts";

/** One agent's configuration that we wrote, and what it looked like then (`COUNTERSIGN_HOME/agents.json`). */
export interface Connection {
	readonly agent: string;
	readonly file: string;
	readonly sha256: string;
	readonly time: string;
}

/** Replaces an agent's own configuration file and keeps a copy of what was there. Returns the copy's path. */
export async function writeAgentFile(
	disk: Disk,
	home: Home,
	path: string,
	text: string,
	now: number,
): Promise<string | undefined> {
	await openHome(disk, home);
	await makeFolders(disk, dirname(path), 0o755);
	const target = await realFile(disk, path);
	const before = await readIfThere(disk, target);
	let backup: string | undefined;
	let mode = 0o600;
	if (before !== undefined) {
		mode = (await disk.stat(target)).mode & 0o777;
		backup = join(home.backups, `${new Date(now).toISOString().replace(/[:.]/g, "-")}-${basename(path)}`);
		await replaceFile(disk, backup, before);
	}
	await replaceFile(disk, target, text, mode);
	return backup;
}

/** Dotfile managers link settings files into place: the file is replaced, the link stays. */
async function realFile(disk: Disk, path: string): Promise<string> {
	try {
		return await disk.realpath(path);
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return path;
		throw error;
	}
}

export async function rememberConnection(
	disk: Disk,
	home: Home,
	agent: string,
	file: string,
	text: string | null,
	now: number,
): Promise<void> {
	const known = JSON.parse((await readIfThere(disk, home.agents)) ?? "[]") as Connection[];
	const others = known.filter((other) => other.agent !== agent || other.file !== file);
	const connection = { agent, file, sha256: sha256(text ?? ""), time: new Date(now).toISOString() };
	const all = text === null ? others : [...others, connection];
	await replaceFile(disk, home.agents, `${JSON.stringify(all, null, "\t")}\n`);
}
