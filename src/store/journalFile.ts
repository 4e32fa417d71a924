import { constants } from "node:fs";
import { errnoOf } from "../base/errors.ts";
import { ChainReader } from "../core/audit/chain.ts";
import type { AuditRecord, Head } from "../core/audit/record.ts";
import { createFile } from "./atomicFile.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { joinLines, splitJournal } from "./journalLines.ts";

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** The journal is not what it must be; nothing runs on it until a person has looked. */
export class BlockedError extends Error {}

export interface OpenedJournal {
	readonly file: DiskFile;
	readonly inode: number;
	/** Of the good part, in bytes. */
	readonly size: number;
	/** What of it is published. */
	readonly published: Buffer;
	/** Private lines by their SHA-256. */
	readonly details: Map<string, string>;
	/** Without FREE ones, which nothing is rebuilt from. */
	readonly records: AuditRecord[];
	readonly head: Head | undefined;
	/** Of `published` up to the anchored record, all of which stood in the published file. Bytes. */
	readonly anchoredSize: number;
	readonly torn: { readonly size: number; readonly movedTo: string } | undefined;
}

/**
 * Opens a journal and checks every line of it: chain and MACs. A torn last line is set aside and cut off. What was read
 * is synced before anybody acts on it: it may have been in the page cache only.
 * @throws BlockedError naming the first bad record
 */
export async function openJournalFile(
	disk: Disk,
	path: string,
	key: Uint8Array,
	anchor: Head | null,
): Promise<OpenedJournal> {
	const file = await disk.open(path, APPEND, 0o600);
	try {
		const all = await disk.readFile(path);
		const { records: lines, details, rest } = splitJournal(all);
		const size = all.byteLength - rest.byteLength;
		const checked = readChain(lines, key, path, anchor);
		const torn = rest.byteLength > 0 ? { size: rest.byteLength, movedTo: await setAside(disk, path, rest) } : undefined;
		if (torn) await file.truncate(size);
		await file.sync();
		return { file, inode: (await file.stat()).ino, size, published: joinLines(lines), details, ...checked, torn };
	} catch (error) {
		await file.close();
		throw error;
	}
}

function readChain(
	lines: readonly string[],
	key: Uint8Array,
	path: string,
	anchor: Head | null,
): { records: AuditRecord[]; head: Head | undefined; anchoredSize: number } {
	const reader = new ChainReader(key);
	const records: AuditRecord[] = [];
	let size = 0;
	let anchoredSize = 0;
	for (const line of lines) {
		const result = reader.read(line);
		if ("flaw" in result) {
			const { kind, seq, reason } = result.flaw;
			throw new BlockedError(`The journal ${path} is ${kind} at seq ${seq}: ${reason}. ${REMEDY}`);
		}
		if (result.record.type !== "FREE") records.push(result.record);
		size += Buffer.byteLength(line) + 1;
		if (result.record.seq === anchor?.seq && result.record.hash === anchor.hash) anchoredSize = size;
	}
	const head = reader.head;
	if (anchor && (anchoredSize === 0 || head?.chain !== anchor.chain)) {
		throw new BlockedError(
			`The journal ${path} ends at seq ${head?.seq ?? 0}, its anchor was at seq ${anchor.seq}: records were cut off or replaced. ${REMEDY}`,
		);
	}
	if (!anchor && records.length > 1 && records.some((record) => record.type === "REQUEST")) {
		throw new BlockedError(`The journal ${path} has no anchor: nobody can tell whether its end is missing. ${REMEDY}`);
	}
	return { records, head, anchoredSize };
}

const REMEDY =
	"Nothing is approved on it. Run `countersign verify`; to begin a new chain, move the journal's folder, its key and its anchor away together.";

async function setAside(disk: Disk, path: string, rest: Uint8Array): Promise<string> {
	for (let n = 1; ; n++) {
		const aside = `${path}.torn-${n}`;
		try {
			await createFile(disk, aside, rest);
			return aside;
		} catch (error) {
			if (errnoOf(error) !== "EEXIST") throw error;
		}
	}
}
