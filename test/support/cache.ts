import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const marker = ".finished";
/** One install; no live one is ever twice as old. */
const installLimit = 10 * 60_000;

/** Something big that tests need once per machine, in a folder outside the checkout. */
export interface CacheItem {
	readonly name: string;
	readonly version: string;
	/** Fills the folder, and fails when what it filled does not work. */
	readonly install: (folder: string) => Promise<void>;
	/** What callers want of the folder: a program in it, most often. */
	readonly program: (folder: string) => string;
}

/** The path without installing anything, for callers that cannot wait. @throws Error when it is not there */
export function locate(wanted: CacheItem): string {
	const folder = folderOf(wanted);
	if (isFinished(folder)) return wanted.program(folder);
	throw new Error(`${wanted.name}@${wanted.version} is not installed: provision it before the first use.`);
}

/**
 * Several test workers may come here at once. Each installs beside the goal and renames into place;
 * a rename onto a full folder fails, so the first one wins and the others throw theirs away.
 */
export async function provision(wanted: CacheItem): Promise<string> {
	const folder = folderOf(wanted);
	if (isFinished(folder)) return wanted.program(folder);
	await removeLeftOvers(folder);
	const attempt = `${folder}.${randomUUID()}`;
	try {
		await mkdir(attempt, { recursive: true });
		await wanted.install(attempt);
		await writeFile(join(attempt, marker), "");
		// In the way without a marker: half deleted. Another worker may be clearing it just now.
		if (!isFinished(folder)) await rename(folder, `${attempt}.broken`).catch(() => {});
		await rename(attempt, folder).catch((error: unknown) => {
			if (!isFinished(folder)) throw error;
		});
	} catch (error) {
		throw new Error(explain(wanted, folder, error), { cause: error });
	} finally {
		await rm(attempt, { recursive: true, force: true });
		await rm(`${attempt}.broken`, { recursive: true, force: true });
	}
	return wanted.program(folder);
}

/** @param cwd outside the checkout: inside, npm would heed the project's .npmrc */
export async function npm(cwd: string, args: readonly string[], environment = process.env): Promise<void> {
	const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
	await run("npm", [...args, ...quiet], { cwd, env: environment, timeout: installLimit, maxBuffer: 2 ** 26 });
}

export function cacheRoot(): string {
	const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
	return process.env.COUNTERSIGN_TEST_CACHE || join(caches, "countersign-test");
}

function folderOf(wanted: CacheItem): string {
	return join(cacheRoot(), `${wanted.name.replace("/", "+")}@${wanted.version}`);
}

function isFinished(folder: string): boolean {
	return existsSync(join(folder, marker));
}

/** An install that was killed leaves hundreds of megabytes. */
async function removeLeftOvers(folder: string): Promise<void> {
	const root = dirname(folder);
	const entries = await readdir(root).catch(() => []);
	for (const entry of entries.filter((name) => name.startsWith(`${basename(folder)}.`))) {
		const path = join(root, entry);
		const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
		if (Date.now() - mtimeMs > 2 * installLimit) await rm(path, { recursive: true, force: true });
	}
}

function explain(wanted: CacheItem, folder: string, error: unknown): string {
	const said = error instanceof Error ? error.message : String(error);
	return [
		`Could not install ${wanted.name}@${wanted.version} into ${folder}.`,
		"Tests with real agents and editors need npm and its registry once: try `npm ping`, then run the tests again.",
		"Without a network, set COUNTERSIGN_TEST_CACHE to a folder another machine of this kind has filled.",
		said.slice(-2000),
	].join("\n");
}
