import type { Draft } from "./audit/record.ts";
import type { Policy } from "./policy/policy.ts";

/**
 * What the gate needs of the world. The core does no I/O of its own, so that a test can fail, reorder or stop any of it.
 */

/** Size in bytes and SHA-256 of a content kept in the blob store. */
export interface BlobRef {
	readonly sha256: string;
	readonly size: number;
}

export interface BlobPort {
	/** Durable when it resolves. */
	put(bytes: Uint8Array): Promise<BlobRef>;
	/** @throws Problem not_found when it is missing or its bytes are not what its name says. */
	get(sha256: string): Promise<Uint8Array>;
	/** Its first bytes, not checked: what a person is shown of a content that is too large to be shown whole. */
	start(sha256: string, length: number): Promise<Uint8Array>;
	/** Piece by piece, however large. @throws Problem bad_request when they are not what the name says */
	take(sha256: string, chunks: AsyncIterable<Uint8Array>): Promise<BlobRef>;
	has(sha256: string): Promise<BlobRef | null>;
}

export interface JournalPort {
	/**
	 * Durable and published when it resolves, with the record's seq. `details` is the private part, kept beside the chain and bound to the
	 * record by its digest.
	 * @throws Problem audit_unavailable; then nothing of it is kept and the caller must not go on.
	 */
	append(draft: Draft, details?: string): Promise<number>;
	/** Written when it returns, durable within 50 ms. For what is passed without asking. @throws as append */
	appendFree(draft: Draft): void;
}

export interface PolicyPort {
	/** What holds, as it was last looked at: every free read asks. */
	inForce(): Policy;
	/** Looks whether a policy file, or what vouches for the gate, has changed; a rule that allows is asked only after it. */
	refresh(): Promise<void>;
}

/** What it is resolved for. A delete is of the link itself; everything else follows it. A look is a read that asks what is there. */
export type PathAccess = "read" | "look" | "write" | "delete";

export type PathKind = "file" | "directory" | "symlink" | "other" | "missing";

/** What a path is right now, resolved once. */
export interface PathFacts {
	/** As the agent wrote it. */
	readonly given: string;
	/** Absolute, `.` and `..` folded as text. */
	readonly lexical: string;
	/** Absolute, every link resolved; of a missing file the deepest existing folder resolved and the rest as text. */
	readonly canonical: string;
	readonly kind: PathKind;
	/** dev, ino: the identity; 0 when missing. */
	readonly dev: number;
	readonly ino: number;
	/** Permission bits, setuid and setgid included; 0 when missing. */
	readonly mode: number;
	readonly nlink: number;
	readonly size: number;
	/** Digest over the identities of all existing parent folders: a swapped folder changes it. */
	readonly parents: string;
}

/** A folder's whole content in one digest. */
export interface Listing {
	readonly digest: string;
	readonly entries: number;
	readonly bytes: number;
}

/** A listing as it was just made, with the names it is of (below the folder, "" for itself) and their sizes in bytes. */
export interface NamedListing extends Listing {
	readonly names: readonly string[];
	readonly sizes: readonly number[];
}

export interface FilePort {
	/** Without giving up the thread: it is all that a free read costs. @throws Problem */
	resolve(path: string, cwd: string, access: PathAccess): PathFacts;
	/** @throws Problem too_large */
	read(canonical: string): Promise<Uint8Array>;
	/** Keeps what is there as a blob, however large. Durable when it resolves. @throws Problem too_large */
	snapshot(canonical: string): Promise<BlobRef>;
	/** Null when nothing is there. @throws Problem conflict when it is not a regular file */
	hash(canonical: string): Promise<BlobRef | null>;
	/** The names in a folder; none when it is not there or cannot be listed. */
	names(folder: string): Promise<readonly string[]>;
	/** The path of the same file (dev, ino) in a folder or at it, looked for as far as is quick; follows no link. */
	find(folder: string, file: Pick<PathFacts, "dev" | "ino">): Promise<string | undefined>;
	/** Of a folder, or of a link by itself. @throws Problem too_large */
	list(canonical: string): Promise<NamedListing>;
	/** What `keep` kept of a folder or link, as it would come back: without setuid and setgid. @throws Problem not_found */
	kept(digest: string): Promise<NamedListing>;
	/** Writes the blob beside the target, synced and hashed, not yet in place. `tag` names the request. */
	stage(facts: PathFacts, sha256: string, tag: string, mode?: number): Promise<Staged>;
	/** The same for what was kept of a folder or link; its `sha256` is the listing's digest. */
	stageTree(facts: PathFacts, digest: string, tag: string): Promise<Staged>;
	/** Moves what stands there aside, to a name that only this request uses. */
	setAside(facts: PathFacts, tag: string): Promise<Aside>;
	/** Keeps every file below the path as a blob, so that the delete can be undone. Durable when it resolves. */
	keep(facts: PathFacts): Promise<void>;
	/** Clears what a killed effect left beside the target: half-written bytes go, a set-aside original comes back. */
	sweep(canonical: string, tag: string): Promise<void>;
}

/** A write that is ready: one rename away. */
export interface Staged {
	/** SHA-256 of what really is on disk, read back. */
	readonly sha256: string;
	/** Puts it in place; never replaces anything when `mustCreate`. @throws Problem conflict */
	commit(mustCreate: boolean): Promise<void>;
	discard(): Promise<void>;
}

export interface Aside {
	/** Of what was moved: a file's SHA-256, otherwise the listing's digest. */
	digest(): Promise<string>;
	restore(): Promise<void>;
	remove(): Promise<void>;
}
