import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const claudeVersion = "2.1.330";
/** The registry has no 24.9.0 for arm64. */
const nodeVersions: Readonly<Record<string, string>> = { "linux-x64": "24.9.0", "linux-arm64": "24.20.0" };

const marker = ".finished";
const installLimit = 10 * 60_000;

interface Package {
	readonly name: string;
	readonly version: string;
	/** Where the program is, inside the installed folder. Throws or names a missing file when it is not there. */
	readonly program: (folder: string) => string;
}

interface ClaudeProgram {
	readonly node: string;
	readonly claude: string;
}

let pending: Promise<ClaudeProgram> | undefined;

/** Installs Claude Code and the Node it wants, once per machine; later calls only look whether they are there. */
export function provisionClaude(): Promise<ClaudeProgram> {
	pending ??= installClaude().catch((error: unknown) => {
		pending = undefined;
		throw error;
	});
	return pending;
}

/** The paths without installing anything, for callers that cannot wait. */
export function locateClaude(): ClaudeProgram {
	return { node: locate(nodePackage()), claude: locate(claudePackage) };
}

async function installClaude(): Promise<ClaudeProgram> {
	// One after the other: two npm processes at once contend for the same two cores and the same download cache.
	await provision(nodePackage());
	await provision(claudePackage);
	return locateClaude();
}

function locate(wanted: Package): string {
	const folder = folderOf(wanted);
	if (isFinished(folder)) return wanted.program(folder);
	throw new Error(`${wanted.name}@${wanted.version} is not installed: await provisionClaude() before the first run.`);
}

function nodePackage(): Package {
	const target = `${process.platform}-${process.arch}`;
	const version = nodeVersions[target];
	if (version === undefined) throw new Error(`Tests with real agents run on Linux x64 and arm64; this is ${target}.`);
	const name = `node-${target}`;
	return { name, version, program: (folder) => join(folder, "node_modules", name, "bin", "node") };
}

const claudePackage: Package = {
	name: "@anthropic-ai/claude-code",
	version: claudeVersion,
	// The package is a stub; the program comes with one optional package per platform, of which npm picks the one that fits.
	program(folder) {
		const scope = join(folder, "node_modules", "@anthropic-ai");
		const platform = readdirSync(scope).find((entry) => existsSync(join(scope, entry, "claude")));
		return join(scope, platform ?? "claude-code", "claude");
	},
};

function folderOf(wanted: Package): string {
	const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
	const root = process.env.COUNTERSIGN_TEST_CACHE || join(caches, "countersign-test");
	return join(root, `${wanted.name.replace("/", "+")}@${wanted.version}`);
}

function isFinished(folder: string): boolean {
	return existsSync(join(folder, marker));
}

/**
 * Several test workers may come here at once. Each installs beside the goal and renames into place;
 * a rename onto a full folder fails, so the first one wins and the others throw theirs away.
 */
async function provision(wanted: Package): Promise<void> {
	const folder = folderOf(wanted);
	if (isFinished(folder)) return;
	await removeLeftOvers(folder);
	const attempt = `${folder}.${randomUUID()}`;
	try {
		await mkdir(attempt, { recursive: true });
		await install(wanted, attempt);
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
}

async function install(wanted: Package, folder: string): Promise<void> {
	const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--include=optional"];
	const specifier = `${wanted.name}@${wanted.version}`;
	// Run outside the checkout: there npm would heed the project's .npmrc.
	await run("npm", ["install", "--prefix", folder, ...options, specifier], { cwd: folder, timeout: installLimit });
	await run(wanted.program(folder), ["--version"], { cwd: folder, timeout: 60_000 });
}

/** An install that was killed leaves hundreds of megabytes; a live one is never this old. */
async function removeLeftOvers(folder: string): Promise<void> {
	const root = dirname(folder);
	const entries = await readdir(root).catch(() => []);
	for (const entry of entries.filter((name) => name.startsWith(`${basename(folder)}.`))) {
		const path = join(root, entry);
		const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
		if (Date.now() - mtimeMs > 2 * installLimit) await rm(path, { recursive: true, force: true });
	}
}

function explain(wanted: Package, folder: string, error: unknown): string {
	const said = error instanceof Error ? error.message : String(error);
	return [
		`Could not install ${wanted.name}@${wanted.version} into ${folder}.`,
		"Tests with real agents need npm and its registry once: try `npm ping`, then run the tests again.",
		"Without a network, set COUNTERSIGN_TEST_CACHE to a folder another machine of this kind has filled.",
		said.slice(-2000),
	].join("\n");
}
