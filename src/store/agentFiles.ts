import { basename, dirname, join, sep } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { makeFolders, readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import { type Home, openHome } from "./home.ts";
import { hookProgram } from "./launcher.ts";

/** One agent's configuration that we wrote, and what it looked like then (`COUNTERSIGN_HOME/agents.json`). */
export interface Connection {
	readonly agent: string;
	readonly file: string;
	/** The hook program that it names. */
	readonly program?: string;
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
	modeOfNew = 0o600,
): Promise<string | undefined> {
	await openHome(disk, home);
	await makeFolders(disk, dirname(path), 0o755);
	const target = await realFile(disk, path);
	const before = await readIfThere(disk, target);
	if (before === undefined) {
		await replaceFile(disk, target, text, modeOfNew);
		return undefined;
	}
	const backup = await backUp(disk, home, path, before, now);
	await replaceFile(disk, target, text, (await disk.stat(target)).mode & 0o777);
	return backup;
}

/** Takes away a file that holds nothing but ours, and keeps a copy. Returns the copy's path. */
export async function removeAgentFile(disk: Disk, home: Home, path: string, now: number): Promise<string> {
	await openHome(disk, home);
	const backup = await backUp(disk, home, path, await disk.readText(path), now);
	await disk.unlink(path);
	// A package that we laid leaves no empty folders.
	for (let folder = dirname(path); folder.includes(`${sep}node_modules`); folder = dirname(folder)) {
		const isEmpty = await disk.rmdir(folder).then(
			() => true,
			() => false,
		);
		if (!isEmpty) break;
	}
	return backup;
}

async function backUp(disk: Disk, home: Home, path: string, text: string, now: number): Promise<string> {
	const backup = join(home.backups, `${new Date(now).toISOString().replace(/[:.]/g, "-")}-${basename(path)}`);
	await replaceFile(disk, backup, text);
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

/** A configuration file of an agent as it is now ("" where there is none), and the hook program that we put into it. */
export async function agentFile(
	disk: Disk,
	home: Home,
	agent: string,
	path: string,
): Promise<{ text: string; program: string | undefined }> {
	const wanted = await realFile(disk, path);
	const text = (await readIfThere(disk, path)) ?? "";
	for (const connection of await readConnections(disk, home)) {
		if (connection.agent !== agent || (await realFile(disk, connection.file)) !== wanted) continue;
		return { text, program: connection.program ?? hookProgram(home) };
	}
	return { text, program: undefined };
}

export const readConnections = async (disk: Disk, home: Home): Promise<Connection[]> =>
	JSON.parse((await readIfThere(disk, home.agents)) ?? "[]");

export async function rememberConnection(
	disk: Disk,
	home: Home,
	{ agent, file, program }: Required<Pick<Connection, "agent" | "file" | "program">>,
	text: string | null,
	now: number,
): Promise<void> {
	const known = await readConnections(disk, home);
	const others = known.filter((other) => other.agent !== agent || other.file !== file);
	const connection = { agent, file, program, sha256: sha256(text ?? ""), time: new Date(now).toISOString() };
	const all = text === null ? others : [...others, connection];
	await replaceFile(disk, home.agents, `${JSON.stringify(all, null, "\t")}\n`);
}
