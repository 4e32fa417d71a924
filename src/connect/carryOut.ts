import { messageOf } from "../base/errors.ts";
import { Problem } from "../protocol/problem.ts";
import { rememberConnection, removeAgentFile, writeAgentFile } from "../store/agentFiles.ts";
import type { Disk } from "../store/disk.ts";
import type { Home } from "../store/home.ts";
import { forgetCodexHooks, trustCodexHooks } from "./codexTrust.ts";
import { isOnPath } from "./onPath.ts";
import { type FileChange, isChange, type Plan, readConfig } from "./plan.ts";

export interface Written {
	readonly path: string;
	/** The copy of the file as it was; none of one that was not there. */
	readonly backup: string | undefined;
}

/** A file is not what the plan was made for. Nothing was written. */
export class MovedOn extends Problem {
	constructor(path: string) {
		super("stale_base", `${path} has changed meanwhile. Nothing was written.`);
	}
}

/**
 * Writes what the plan says, to the byte, and remembers the connection.
 * @throws MovedOn when a file is no longer as the plan found it
 */
export async function carryOut(disk: Disk, home: Home, plan: Plan, now: number): Promise<readonly Written[]> {
	for (const file of plan.files) await requireUnchanged(disk, file);
	if (plan.way === "disconnect" && plan.setup.agent === "codex")
		await forgetCodexHooks(plan.main.path, plan.spot.workspace);
	const written: Written[] = [];
	try {
		for (const file of plan.files.filter(isChange)) written.push(await write(disk, home, file, now));
		const text = plan.way === "connect" ? plan.main.after : null;
		const connection = { agent: plan.setup.agent, file: plan.main.path, program: plan.program };
		await rememberConnection(disk, home, connection, text, now);
	} catch (error) {
		if (written.length === 0) throw error;
		throw new Error(`${messageOf(error)} (Written before that: ${written.map(({ path }) => path).join(", ")}.)`);
	}
	return written;
}

/** What is left when the files are written; returns what whoever connects should know, in sentences. */
export async function finish({ setup, way, main, spot }: Plan): Promise<string[]> {
	if (way === "disconnect") return [];
	const warnings = setup.agent === "codex" ? await trustCodexHooks(main.path, spot.workspace) : [];
	if (!isOnPath(setup.program))
		warnings.unshift(`${setup.program} is not on PATH; the configuration is written all the same.`);
	if (setup.notice) warnings.push(setup.notice);
	return warnings;
}

async function requireUnchanged(disk: Disk, { path, before }: FileChange): Promise<void> {
	const now = await readConfig(disk, path).catch(() => null);
	if (now !== before) throw new MovedOn(path);
}

async function write(disk: Disk, home: Home, { path, after, isProgram }: FileChange, now: number): Promise<Written> {
	const backup =
		after === ""
			? await removeAgentFile(disk, home, path, now)
			: await writeAgentFile(disk, home, path, after, now, isProgram ? 0o755 : 0o600);
	return { path, backup };
}
