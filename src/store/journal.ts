import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Clock, isoTime } from "../base/clock.ts";
import { type Deferred, deferred } from "../base/deferred.ts";
import { messageOf } from "../base/errors.ts";
import { type AuditRecord, type Draft, type Head, NO_HASH, seal } from "../core/audit/record.ts";
import type { JournalPort } from "../core/ports.ts";
import { Problem } from "../protocol/problem.ts";
import { AnchorFile } from "./anchor.ts";
import { makeFolders } from "./atomicFile.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { folderIdOf, type Home } from "./home.ts";
import { BlockedError, type OpenedJournal, openJournalFile } from "./journalFile.ts";
import { joinLines, privateLine, splitJournal } from "./journalLines.ts";
import { makeKey, readKey } from "./keys.ts";
import type { FolderLock } from "./lock.ts";
import { type Drift, PublishedFile } from "./published.ts";
import { eraseDetails, staleDetails } from "./retention.ts";

/** A free record is answered at once and durable within this time. Ms. */
const FREE_SYNC = 50;
/** The anchor follows the journal within this time. Ms. */
const ANCHOR_DELAY = 200;
/** Writes closer together than this share one look at the lock and the file. Ms. */
const BURST = 2;

export interface JournalOptions {
	readonly disk: Disk;
	readonly home: Home;
	readonly workspace: string;
	readonly lock: FolderLock;
	readonly clock: Clock;
	/** What the people at the gate must be told. */
	readonly warn: (message: string) => void;
	readonly failpoint: (name: string) => void;
}

/** Where the file stood at a moment: what is before is a whole chain. */
interface Mark {
	readonly head: Head;
	readonly size: number;
	/** How much of it is published. */
	readonly published: number;
}

/**
 * The gate's own durable log. One writer; records are written in order as they come, and everything that was written
 * while a sync ran shares the next one. After any error nothing is acknowledged: the file is opened anew, cut back to
 * the last acknowledged record and checked before the next append.
 */
export class Journal implements JournalPort {
	private readonly options: JournalOptions;
	private readonly path: string;
	private readonly key: Uint8Array;
	private readonly anchor: AnchorFile;
	private readonly published: PublishedFile;
	private file: DiskFile | undefined;
	private inode = 0;
	private checkedAt = Number.NEGATIVE_INFINITY;
	private written!: Mark;
	private acknowledged!: Mark;
	private waiting: Deferred<void>[] = [];
	private unpublished: Buffer[] = [];
	private unsyncedFree: Draft[] = [];
	private freeTimer: NodeJS.Timeout | undefined;
	private anchorTimer: NodeJS.Timeout | undefined;
	private committing: Promise<void> | undefined;
	/** Somebody waits for a sync, or a free record has waited for it long enough. */
	private due = false;
	private reopening: Promise<void> | undefined;
	private broken: string | undefined;
	private closed = false;

	private constructor(options: JournalOptions, key: Uint8Array) {
		const folderId = folderIdOf(options.workspace);
		this.options = options;
		this.key = key;
		this.path = join(options.home.journal, folderId, "journal.jsonl");
		this.anchor = new AnchorFile(options.disk, options.home, folderId, key);
		this.published = new PublishedFile(options.disk, options.workspace);
	}

	/** @throws BlockedError when the journal cannot be trusted */
	static async open(
		options: JournalOptions,
	): Promise<{ journal: Journal; records: AuditRecord[]; details: Map<string, string> }> {
		const { disk, home, workspace } = options;
		const folderId = folderIdOf(workspace);
		await makeFolders(disk, join(home.journal, folderId), 0o700);
		const known = await readKey(disk, home, folderId);
		const journal = new Journal(options, known ?? (await makeKey(disk, home, folderId)));
		try {
			return { journal, ...(await journal.start(known !== undefined)) };
		} catch (error) {
			await journal.closeFiles();
			throw error;
		}
	}

	private async start(keyWasThere: boolean): Promise<{ records: AuditRecord[]; details: Map<string, string> }> {
		const { disk, workspace, warn } = this.options;
		const anchor = await this.anchor.read();
		const opened = await this.openFile(anchor);
		if (opened.size > 0 && !keyWasThere) throw new BlockedError(`The key of the journal ${this.path} is gone.`);
		const fresh: Head = { chain: randomBytes(16).toString("hex"), seq: 0, hash: NO_HASH };
		this.written = { head: opened.head ?? fresh, size: opened.size, published: opened.published.byteLength };
		this.acknowledged = this.written;

		const drift = await this.openPublished(opened.published, opened.anchoredSize);
		if (!opened.head) {
			await disk.syncFolder(join(this.path, ".."));
			await this.append({ type: "GENESIS", target: workspace, data: { workspace } });
		}
		// Before the first request, or a later start would miss it.
		if (!anchor) await this.anchor.write(this.acknowledged.head, this.time());
		if (opened.torn) {
			const { size, movedTo } = opened.torn;
			warn(
				`The journal ended in ${size} bytes of a record that was never acknowledged; they were moved to ${movedTo}.`,
			);
			await this.append({ type: "RECOVERED", summary: "torn tail set aside", data: { size, movedTo } });
		}
		if (drift) await this.append(driftRecord(drift));
		return { records: opened.records, details: opened.details };
	}

	/** Without the private lines that are no longer needed. */
	private async openFile(anchor: Head | null): Promise<OpenedJournal> {
		const { disk, clock } = this.options;
		const opened = await openJournalFile(disk, this.path, this.key, anchor);
		this.file = opened.file;
		this.inode = opened.inode;
		const stale = staleDetails(opened.records, clock.now());
		if (![...stale].some((digest) => opened.details.has(digest))) return opened;
		await this.closeFiles();
		await eraseDetails(disk, this.path, stale);
		return { ...(await this.openFile(anchor)), torn: opened.torn };
	}

	async append(draft: Draft, details?: string): Promise<number> {
		// Whoever waited for the reopening beside us may have broken it again by now.
		while (this.broken !== undefined) await this.ensureOpen();
		const done = deferred<void>();
		let seq: number;
		try {
			seq = this.write(draft, details);
			this.options.failpoint("journal.written");
		} catch (error) {
			throw this.fail(error);
		}
		this.waiting.push(done);
		this.commitSoon();
		await done.promise;
		return seq;
	}

	appendFree(draft: Draft): void {
		if (this.broken !== undefined || !this.file) {
			void this.ensureOpen().catch(() => undefined);
			throw unavailable(this.broken ?? "it is being opened");
		}
		try {
			this.write(draft);
		} catch (error) {
			throw this.fail(error);
		}
		this.unsyncedFree.push(draft);
		this.freeTimer ??= setTimeout(() => {
			this.freeTimer = undefined;
			this.commitSoon();
		}, FREE_SYNC);
	}

	/** Why nothing can be recorded right now; undefined when all is well. */
	get trouble(): string | undefined {
		return this.broken;
	}

	async close(): Promise<void> {
		if (this.closed) return;
		clearTimeout(this.freeTimer);
		clearTimeout(this.anchorTimer);
		await this.reopening?.catch(() => undefined);
		if (this.broken === undefined) {
			this.commitSoon();
			await this.committing;
			await this.writeAnchor();
		}
		this.closed = true;
		await this.closeFiles();
	}

	/** @returns its seq */
	private write(draft: Draft, details?: string): number {
		if (this.broken !== undefined) throw new Error(this.broken);
		this.requireOwnFile();
		const { head, line } = seal(draft, this.written.head, this.time(), this.key);
		const hidden = details === undefined ? "" : privateLine(details);
		const kept = Buffer.from(`${hidden}${line}\n`);
		const bytes = kept.subarray(Buffer.byteLength(hidden));
		this.file?.writeSync(kept);
		this.unpublished.push(bytes);
		const { size, published } = this.written;
		this.written = { head, size: size + kept.byteLength, published: published + bytes.byteLength };
		return head.seq;
	}

	/**
	 * A second writer, or a file that was swapped under us, is noticed before the write; of a burst, before its first.
	 */
	private requireOwnFile(): void {
		const { disk, lock, clock } = this.options;
		if (this.closed || !this.file) throw new Error("the journal is closed");
		const now = clock.monotonic();
		if (now - this.checkedAt < BURST) return;
		this.checkedAt = now;
		if (!lock.isHeld()) throw new Error("this process lost the lock of the folder");
		const stats = disk.statSync(this.path);
		if (stats.ino !== this.inode || stats.size !== this.written.size)
			throw new Error(`somebody else changed ${this.path}`);
	}

	private commitSoon(): void {
		this.due = true;
		this.committing ??= this.commit();
	}

	private async commit(): Promise<void> {
		// Whatever is asked for in the same turn shares the sync, also where that is done in place.
		await setImmediate();
		try {
			// What was passed for free meanwhile is left to its own timer: a sync a read would be one sync after the other.
			while (this.due && this.broken === undefined && this.unpublished.length > 0) {
				this.due = false;
				await this.commitOnce();
			}
		} finally {
			this.committing = undefined;
		}
	}

	private async commitOnce(): Promise<void> {
		if (!this.file) return;
		const [batch, lines, free, mark] = [this.waiting, this.unpublished, this.unsyncedFree, this.written];
		[this.waiting, this.unpublished, this.unsyncedFree] = [[], [], []];
		try {
			await this.file.datasync();
			if (this.published.isIntact()) await this.published.append(Buffer.concat(lines));
			else await this.republish(mark);
		} catch (error) {
			this.waiting.unshift(...batch);
			this.unsyncedFree.unshift(...free);
			this.fail(error);
			return;
		}
		this.acknowledged = mark;
		for (const done of batch) done.resolve();
		this.anchorSoon();
	}

	private async republish(mark: Mark): Promise<void> {
		const bytes = (await this.options.disk.readFile(this.path)).subarray(0, mark.size);
		const drift = await this.openPublished(joinLines(splitJournal(bytes).records), this.acknowledged.published);
		if (drift) queueMicrotask(() => this.append(driftRecord(drift)).catch(() => undefined));
	}

	/** Opens the published copy and brings it up to `journal`. */
	private async openPublished(journal: Uint8Array, mustHold: number): Promise<Drift | undefined> {
		const { drift, published } = await this.published.open(journal, mustHold);
		if (published < journal.byteLength) await this.published.append(journal.subarray(published));
		if (drift) {
			const where = drift.movedTo ? ` What was there is now ${drift.movedTo}.` : "";
			this.options.warn(
				`The audit file ${this.published.path} was ${drift.what}; it was published again from the journal.${where}`,
			);
		}
		return drift;
	}

	/** Nobody who waits is acknowledged, and nothing is written until the file was opened anew. */
	private fail(error: unknown): Problem {
		const first = this.broken === undefined;
		this.broken = messageOf(error);
		const problem = unavailable(this.broken);
		for (const done of this.waiting.splice(0)) done.reject(problem);
		this.unpublished = [];
		if (first) this.options.warn(problem.message);
		return problem;
	}

	private async ensureOpen(): Promise<void> {
		if (this.broken === undefined) return;
		this.reopening ??= this.reopen().finally(() => {
			this.reopening = undefined;
		});
		try {
			await this.reopening;
		} catch (error) {
			throw unavailable(messageOf(error));
		}
	}

	/** New handles (a failed sync is never asked again on the old ones), cut back to what was acknowledged, checked. */
	private async reopen(): Promise<void> {
		const { disk, lock, warn } = this.options;
		await this.committing;
		await this.closeFiles();
		const mark = this.acknowledged;
		if (this.closed || !lock.isHeld()) throw new Error("this process lost the lock of the folder");
		await cutBack(disk, this.path, mark.size);
		const opened = await openJournalFile(disk, this.path, this.key, mark.head.seq > 0 ? mark.head : null);
		this.file = opened.file;
		this.inode = opened.inode;
		if (opened.size !== mark.size) throw new Error(`${this.path} has not the length it had`);
		const drift = await this.openPublished(opened.published, mark.published);
		for (const done of this.waiting.splice(0)) done.reject(unavailable("it was opened anew"));
		this.unpublished = [];
		this.written = mark;
		this.broken = undefined;
		this.rewriteFree();
		if (drift) queueMicrotask(() => this.append(driftRecord(drift)).catch(() => undefined));
		warn("The audit log can be written again.");
	}

	/** What was passed while the disk failed was answered already; its records are written again, none is forgotten. */
	private rewriteFree(): void {
		const drafts = this.unsyncedFree;
		try {
			for (const draft of drafts) this.write(draft);
		} catch (error) {
			this.fail(error);
			return;
		}
		if (drafts.length > 0) this.commitSoon();
	}

	private anchorSoon(): void {
		this.anchorTimer ??= setTimeout(() => {
			this.anchorTimer = undefined;
			void this.writeAnchor();
		}, ANCHOR_DELAY);
	}

	private async writeAnchor(): Promise<void> {
		try {
			await this.anchor.write(this.acknowledged.head, this.time());
		} catch (error) {
			this.options.warn(`The anchor of the audit log could not be written: ${messageOf(error)}`);
		}
	}

	private time(): string {
		return isoTime(this.options.clock.now());
	}

	private async closeFiles(): Promise<void> {
		const file = this.file;
		this.file = undefined;
		await file?.close().catch(() => undefined);
		await this.published.close();
	}
}

async function cutBack(disk: Disk, path: string, size: number): Promise<void> {
	const file = await disk.open(path, "r+");
	try {
		const found = (await file.stat()).size;
		if (found < size) throw new Error(`${path} is shorter than what was acknowledged`);
		if (found > size) await file.truncate(size);
		await file.sync();
	} finally {
		await file.close();
	}
}

const driftRecord = (drift: Drift): Draft => ({
	type: "DRIFT",
	summary: `the audit file was ${drift.what}`,
	data: drift.movedTo ? { movedTo: drift.movedTo } : {},
});

const unavailable = (why: string) =>
	new Problem(
		"audit_unavailable",
		`The audit log cannot be written (${why}). Nothing is approved and nothing runs until it can.`,
	);
