import * as vscode from "vscode";
import { PROPOSED, READONLY } from "./uris.ts";

interface Stored {
	bytes: Uint8Array;
	mtime: number;
}

/** What a document of ours holds; asked once, when it is first opened. @throws FileSystemError when it is of no request */
type Load = (uri: vscode.Uri) => Promise<Uint8Array>;

/** Documents of ours in memory: nothing of a proposal is on a disk of the workspace before it is approved. */
class MemoryFiles implements vscode.FileSystemProvider {
	private readonly files = new Map<string, Stored>();
	private readonly changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
	private readonly load: Load;
	private readonly writable: boolean;
	readonly onDidChangeFile = this.changes.event;

	constructor(load: Load, writable: boolean) {
		this.load = load;
		this.writable = writable;
	}

	/** `silently`: under a document with edits, whose saving would otherwise end in a conflict. Without, it follows. */
	set(uri: vscode.Uri, bytes: Uint8Array, silently: boolean): void {
		const known = this.files.get(uri.toString());
		if (!known || Buffer.compare(known.bytes, bytes) === 0) return;
		known.bytes = bytes;
		if (silently) return;
		known.mtime = later(known.mtime);
		this.changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
	}

	forget(uri: vscode.Uri): void {
		this.files.delete(uri.toString());
	}

	async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
		const { bytes, mtime } = await this.require(uri);
		return { type: vscode.FileType.File, ctime: 0, mtime, size: bytes.byteLength };
	}

	async readFile(uri: vscode.Uri): Promise<Uint8Array> {
		return (await this.require(uri)).bytes;
	}

	/** Saving keeps the draft; it decides nothing. */
	async writeFile(uri: vscode.Uri, bytes: Uint8Array): Promise<void> {
		if (!this.writable) throw vscode.FileSystemError.NoPermissions(uri);
		const stored = await this.require(uri);
		stored.bytes = bytes;
		stored.mtime = later(stored.mtime);
	}

	private async require(uri: vscode.Uri): Promise<Stored> {
		const key = uri.toString();
		const known = this.files.get(key);
		if (known) return known;
		const fresh = { bytes: await this.load(uri), mtime: Date.now() };
		const raced = this.files.get(key);
		if (raced) return raced;
		this.files.set(key, fresh);
		return fresh;
	}

	watch(): vscode.Disposable {
		return { dispose: () => undefined };
	}

	readDirectory(): [string, vscode.FileType][] {
		return [];
	}

	createDirectory(uri: vscode.Uri): void {
		throw vscode.FileSystemError.NoPermissions(uri);
	}

	delete(uri: vscode.Uri): void {
		throw vscode.FileSystemError.NoPermissions(uri);
	}

	rename(uri: vscode.Uri): void {
		throw vscode.FileSystemError.NoPermissions(uri);
	}
}

/** Two changes within a millisecond must not look like none. */
const later = (mtime: number) => Math.max(Date.now(), mtime + 1);

const WHY_READONLY =
	"This is what the agent asked for. Approve it, or deny it with a reason; it cannot be changed here.";

/** The two kinds of documents that a review is made of. */
export class ReviewDocuments implements vscode.Disposable {
	readonly proposed: MemoryFiles;
	readonly readonly: MemoryFiles;
	private readonly subscriptions: vscode.Disposable[];

	constructor(load: Load) {
		this.proposed = new MemoryFiles(load, true);
		this.readonly = new MemoryFiles(load, false);
		const { registerFileSystemProvider } = vscode.workspace;
		this.subscriptions = [
			registerFileSystemProvider(PROPOSED, this.proposed, { isCaseSensitive: true }),
			registerFileSystemProvider(READONLY, this.readonly, {
				isCaseSensitive: true,
				isReadonly: new vscode.MarkdownString(WHY_READONLY),
			}),
		];
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}
