import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import type { AuditRecord } from "../core/audit/record.ts";
import { splitLines } from "../core/audit/verify.ts";
import { replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";
import { joinLines, privateOf, splitJournal } from "./journalLines.ts";

/** Contents are kept this long: arguments, proposed bytes, what an approved write or delete replaced. Ms. */
export const KEEP = 30 * 24 * 60 * 60 * 1000;

const ENDS = new Set(["EXECUTED", "DIFFERS", "FAILED", "UNKNOWN"]);

/** The private lines that are no longer needed: of requests that ended more than 30 days ago. By their SHA-256. */
export function staleDetails(records: readonly AuditRecord[], now: number): Set<string> {
	const endedAt = new Map<string, number>();
	for (const { request, type, decision, time } of records) {
		if (request === undefined) continue;
		const isEnd = ENDS.has(type) || (type === "DECISION" && decision !== "approved");
		if (isEnd) endedAt.set(request, Date.parse(time));
	}
	const stale = new Set<string>();
	for (const { request, data } of records) {
		const ended = endedAt.get(request ?? "");
		if (ended !== undefined && now - ended > KEEP && typeof data?.details === "string") stale.add(data.details);
	}
	return stale;
}

/** Erases the private lines of a journal that are stale; the chain still verifies, it only held their digests. */
export async function eraseDetails(disk: Disk, path: string, stale: ReadonlySet<string>): Promise<void> {
	const { lines, rest } = splitLines(await disk.readFile(path));
	const kept = lines.filter((line) => {
		const details = privateOf(line);
		return details === undefined || !stale.has(sha256(details));
	});
	await replaceFile(disk, path, Buffer.concat([joinLines(kept), rest]));
}

/** Removes blobs that are older than 30 days and that nothing names which any folder still keeps. Gives how many. */
export async function eraseBlobs(disk: Disk, home: Home, now: number): Promise<number> {
	const old: { path: string; name: string }[] = [];
	for (const group of await disk.readdir(home.blobs)) {
		const folder = join(home.blobs, group);
		if (!/^[0-9a-f]{2}$/.test(group)) continue;
		for (const name of await disk.readdir(folder)) {
			const path = join(folder, name);
			if (now - (await disk.lstat(path)).mtimeMs > KEEP) old.push({ path, name });
		}
	}
	if (old.length === 0) return 0;
	const named = await digestsNamedAnywhere(disk, home);
	const gone = old.filter(({ name }) => !named.has(name));
	for (const { path } of gone) await disk.unlink(path);
	return gone.length;
}

/** Removes drafts of reviews that nobody touched for 30 days; those of decided requests go with the decision. */
export async function eraseDrafts(disk: Disk, home: Home, now: number): Promise<void> {
	for (const name of await disk.readdir(home.drafts)) {
		const path = join(home.drafts, name);
		if (now - (await disk.lstat(path)).mtimeMs > KEEP) await disk.unlink(path);
	}
}

/** Every SHA-256 in the private lines of every folder: requests of a folder that is not open may wait for them. */
async function digestsNamedAnywhere(disk: Disk, home: Home): Promise<Set<string>> {
	const named = new Set<string>();
	for (const folderId of await disk.readdir(home.journal)) {
		for (const line of (await detailsIn(disk, join(home.journal, folderId, "journal.jsonl"))).values()) {
			for (const [digest] of line.matchAll(/[0-9a-f]{64}/g)) named.add(digest);
		}
	}
	return named;
}

/** Any other error than "not there" ends the erasing: what cannot be read may name everything. */
async function detailsIn(disk: Disk, path: string): Promise<Map<string, string>> {
	try {
		return splitJournal(await disk.readFile(path)).details;
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return new Map();
		throw error;
	}
}
