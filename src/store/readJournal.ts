import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, messageOf } from "../base/errors.ts";
import { ChainReader } from "../core/audit/chain.ts";
import type { AuditRecord, Head } from "../core/audit/record.ts";
import { splitLines, VERIFY, type VerifyReport, verifyFile } from "../core/audit/verify.ts";
import { AnchorFile } from "./anchor.ts";
import { realDisk } from "./disk.ts";
import { folderIdOf, type Home } from "./home.ts";
import { joinLines, splitJournal } from "./journalLines.ts";
import { readKey } from "./keys.ts";
import { isPrefix } from "./published.ts";

export interface JournalContents {
	readonly records: AuditRecord[];
	readonly details: Map<string, string>;
	/** Where reading stopped, when the journal is not what it must be. */
	readonly flaw?: string;
}

/** The journal of a folder for those who do not own it: a snapshot, also while the gate writes. */
export async function readJournal(home: Home, workspace: string): Promise<JournalContents> {
	const folder = join(home.journal, folderIdOf(workspace));
	const reader = new ChainReader(await readKey(realDisk, home, folderIdOf(workspace)));
	const records: AuditRecord[] = [];
	const { records: lines, details } = splitJournal(readIfThere(join(folder, "journal.jsonl")));
	for (const line of lines) {
		const result = reader.read(line);
		if ("flaw" in result)
			return { records, details, flaw: `${result.flaw.kind} at seq ${result.flaw.seq}: ${result.flaw.reason}` };
		records.push(result.record);
	}
	return { records, details };
}

/** The journal against its anchor, and the published file as an exact copy of its records. */
export async function verifyWorkspace(home: Home, workspace: string): Promise<VerifyReport> {
	const folderId = folderIdOf(workspace);
	const { anchor, key, trouble } = await readAnchor(home, folderId);
	if (trouble) return { code: VERIFY.anchor, records: 0, reason: trouble };
	const path = join(home.journal, folderId, "journal.jsonl");
	const published = readIfThere(join(workspace, ".countersign", "audit.jsonl"));
	const { records, rest } = splitJournal(readIfThere(path));
	const journal = Buffer.concat([joinLines(records), rest]);
	if (journal.byteLength === 0 && !anchor)
		return { code: VERIFY.unreadable, records: 0, reason: `there is no journal for ${workspace}` };
	const report = verifyFile(journal, anchor, key);
	if (report.code !== VERIFY.ok) return { ...report, reason: `journal: ${report.reason}` };
	if (!isPrefix(published, journal))
		return { ...report, code: VERIFY.altered, reason: "the published audit file is not a copy of the journal" };
	const behind = journal.byteLength - published.byteLength;
	return behind === 0
		? report
		: { ...report, reason: `${report.reason}; the published file is ${behind} bytes behind` };
}

/** One file by itself; against the anchor when the chain is of a folder that this machine knows. */
export async function verifyAuditFile(home: Home, path: string, workspace: string): Promise<VerifyReport> {
	const bytes = readFileSync(path);
	const { anchor, key } = await readAnchor(home, folderIdOf(workspace));
	const chain = chainOf(bytes);
	return anchor && chain === anchor.chain ? verifyFile(bytes, anchor, key) : verifyFile(bytes, null);
}

async function readAnchor(
	home: Home,
	folderId: string,
): Promise<{ anchor: Head | null; key?: Buffer; trouble?: string }> {
	try {
		const key = await readKey(realDisk, home, folderId);
		if (!key) return { anchor: null };
		return { anchor: await new AnchorFile(realDisk, home, folderId, key).read(), key };
	} catch (error) {
		return { anchor: null, trouble: messageOf(error) };
	}
}

function chainOf(bytes: Uint8Array): string | undefined {
	try {
		const first = splitLines(bytes).lines[0] ?? "";
		return (JSON.parse(first) as { chain?: string }).chain;
	} catch {
		return undefined;
	}
}

function readIfThere(path: string): Buffer {
	try {
		return readFileSync(path);
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return Buffer.alloc(0);
		throw error;
	}
}
