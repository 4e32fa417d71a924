import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { tryParseJson } from "../base/tryParseJson.ts";
import { type Discovery, discoverySchema } from "../protocol/messages.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import { type Home, requirePrivate } from "./home.ts";

const discoveryPath = (home: Home, folderId: string) => join(home.run, `${folderId}.json`);
const hookPath = (home: Home, folderId: string) => join(home.run, `${folderId}.hook`);

/**
 * How the gate is found: the JSON file for programs, and beside it the same for `curl -K`, whose first line names the
 * folder, so that a shell script needs neither a parser nor the token on its command line.
 */
export async function publishDiscovery(
	disk: Disk,
	home: Home,
	folderId: string,
	discovery: Discovery,
): Promise<string> {
	const path = discoveryPath(home, folderId);
	const hook = [
		`# ${discovery.workspace}`,
		`unix-socket = ${quote(discovery.socket)}`,
		`header = ${quote(`Authorization: Bearer ${discovery.token}`)}`,
		"",
	];
	await replaceFile(disk, hookPath(home, folderId), hook.join("\n"));
	await replaceFile(disk, path, `${JSON.stringify(discovery, null, "\t")}\n`);
	return path;
}

/** Only if it is still ours: another owner may have come after us. */
export async function removeDiscovery(disk: Disk, home: Home, folderId: string, token: string): Promise<void> {
	const text = await readIfThere(disk, discoveryPath(home, folderId));
	if (text === undefined || parse(text)?.token !== token) return;
	await disk.unlink(discoveryPath(home, folderId));
	await disk.unlink(hookPath(home, folderId)).catch(() => undefined);
}

/** The socket's own folder: COUNTERSIGN_HOME/run, or a private temp folder when that path is too long. Removes a dead socket. */
export async function prepareSocket(disk: Disk, socketPath: string): Promise<void> {
	if (process.platform === "win32") return;
	const folder = dirname(socketPath);
	try {
		mkdirSync(folder, { mode: 0o700 });
		chmodSync(folder, 0o700);
	} catch (error) {
		if (errnoOf(error) !== "EEXIST") throw error;
	}
	await requirePrivate(disk, folder);
	// The lock is ours, so whoever listened here is dead.
	await disk.unlink(socketPath).catch((error) => {
		if (errnoOf(error) !== "ENOENT") throw error;
	});
}

/**
 * The gate of a folder: named by COUNTERSIGN_ENDPOINT when that lies in our own run folder, else of the deepest known
 * folder that contains `cwd`. Undefined when no gate runs there.
 */
export function findDiscovery(
	home: Home,
	cwd: string,
	endpoint = process.env.COUNTERSIGN_ENDPOINT,
): Discovery | undefined {
	if (endpoint && dirname(endpoint) === home.run) {
		const named = readDiscovery(endpoint);
		if (named) return named;
	}
	let found: Discovery | undefined;
	for (const name of listRun(home)) {
		if (!/^[0-9a-f]{16}\.json$/.test(name)) continue;
		const discovery = readDiscovery(join(home.run, name));
		if (!discovery || !contains(discovery.workspace, cwd)) continue;
		if (!found || discovery.workspace.length > found.workspace.length) found = discovery;
	}
	return found;
}

function readDiscovery(path: string): Discovery | undefined {
	try {
		if (lstatSync(path).isFile()) return parse(readFileSync(path, "utf8"));
	} catch {
		// Gone between listing and reading: no gate.
	}
	return undefined;
}

function listRun(home: Home): string[] {
	try {
		return readdirSync(home.run);
	} catch {
		return [];
	}
}

const parse = (text: string): Discovery | undefined => discoverySchema.safeParse(tryParseJson(text)).data;

const contains = (folder: string, path: string) =>
	path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
const quote = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;
