import { lstat } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { BlobPort, FilePort } from "../../core/ports.ts";
import type { Request, Target } from "../../core/request.ts";
import { diffText } from "../../present/diffText.ts";
import { bytesDocument, decidedDocument, folderDocument, requestDocument } from "../../present/document.ts";
import { escapeText } from "../../present/escape.ts";
import { verbOf } from "../../present/words.ts";
import { proposedUri, readonlyUri } from "./uris.ts";

/** How a request is put on screen. */
export type View =
	/** `shown`: the bytes on the right, where the reviewer may change them. */
	| {
			readonly kind: "diff";
			readonly left: vscode.Uri;
			readonly right: vscode.Uri;
			readonly contents: Contents;
			readonly shown?: Uint8Array;
	  }
	| { readonly kind: "document"; readonly uri: vscode.Uri; readonly contents: Contents; readonly language: string };

/** Bytes of the documents that are ours, by URI. */
type Contents = ReadonlyMap<string, Uint8Array>;

/** Above this a content is described, not compared: the editor would stand still. Bytes. */
const MAX_TEXT = 20 * 1024 * 1024;

/** @throws Problem when a content is gone from the store */
export async function viewOf(request: Request, blobs: BlobPort, files: FilePort): Promise<View> {
	const [target] = request.plan.targets;
	if (request.status !== "waiting")
		return documentView(request, decidedDocument(request, await changeOf(target, blobs)));
	if (!target || target.problem) return documentView(request, requestDocument(request));
	if (target.change === "write") return writeView(request, target, blobs);
	return deleteView(request, target, blobs, files);
}

/** As text: what was decided is not changed any more. Undefined where the contents are gone, or there were none. */
async function changeOf(target: Target | undefined, blobs: BlobPort): Promise<string | undefined> {
	if (!target || target.listing) return undefined;
	const content = (ref: { sha256: string } | null) => (ref ? blobs.get(ref.sha256) : Promise.resolve(null));
	const sides = Promise.all([content(target.base), content(target.proposed)]);
	return sides.then(([base, proposed]) => diffText(target.facts.canonical, base, proposed)).catch(() => undefined);
}

function documentView(request: Request, { text, language }: { text: string; language: string }): View {
	const name = request.plan.targets[0]?.facts.canonical ?? join(request.plan.cwd, titleOf(request));
	const uri = readonlyUri(name, request.id, "text");
	return { kind: "document", uri, language, contents: new Map([[uri.toString(), Buffer.from(text, "utf8")]]) };
}

/** The tab of a document is called as its file, so the file is called as the tab should be. */
function titleOf(request: Request): string {
	const agent = request.identity.agent.replace(/[^\w .-]/g, "_").slice(0, 40);
	return request.status === "waiting"
		? `${verbOf(request)}, asked by ${agent}`
		: `${verbOf(request)}, ${request.status}`;
}

async function writeView(request: Request, target: Target, blobs: BlobPort): Promise<View> {
	const base = target.base && (await blobs.get(target.base.sha256));
	const proposed = target.proposed && (await blobs.get(target.proposed.sha256));
	if (!proposed || !isText(base) || !isText(proposed)) {
		return documentView(request, { text: bytesDocument(request, base, proposed), language: "plaintext" });
	}
	const path = target.facts.canonical;
	const right = proposedUri(path, request.id);
	if (survivesEditing(proposed)) {
		const left = base ? vscode.Uri.file(path) : readonlyUri(path, request.id, "empty");
		const contents = new Map([[right.toString(), proposed]]);
		if (!base) contents.set(left.toString(), new Uint8Array());
		return { kind: "diff", left, right, contents, shown: proposed };
	}
	return spelledOut(request, path, base, proposed);
}

/** Line ends and marks that an editor would not show are written out, on both sides. */
function spelledOut(request: Request, path: string, base: Uint8Array | null, proposed: Uint8Array): View {
	const left = readonlyUri(path, request.id, "before");
	const right = readonlyUri(path, request.id, "after");
	const written = (bytes: Uint8Array | null) =>
		Buffer.from(escapeText(Buffer.from(bytes ?? []).toString("utf8")), "utf8");
	const contents = new Map([
		[left.toString(), written(base)],
		[right.toString(), written(proposed)],
	]);
	return { kind: "diff", left, right, contents };
}

async function deleteView(request: Request, target: Target, blobs: BlobPort, files: FilePort): Promise<View> {
	const { canonical, kind } = target.facts;
	if (kind !== "file") {
		const found = await files.list(canonical).catch(() => undefined);
		const entries = await sizesOf(canonical, found?.names ?? []);
		return documentView(request, { text: folderDocument(request, entries), language: "plaintext" });
	}
	const bytes = await blobs.get(target.base?.sha256 ?? "").catch(() => files.read(canonical).catch(() => null));
	if (!bytes || !isText(bytes) || !isUtf8(bytes)) {
		return documentView(request, { text: bytesDocument(request, bytes, null), language: "plaintext" });
	}
	const right = readonlyUri(canonical, request.id, "empty");
	const contents = new Map([[right.toString(), new Uint8Array()]]);
	return { kind: "diff", left: vscode.Uri.file(canonical), right, contents };
}

/** More would not be read by anybody; the document says how many there are in all. */
const MAX_ENTRIES = 5000;

async function sizesOf(folder: string, names: readonly string[]): Promise<{ path: string; size: number }[]> {
	const listed = names.filter((name) => name !== "").slice(0, MAX_ENTRIES);
	return Promise.all(
		listed.map(async (path) => ({
			path,
			size: await lstat(join(folder, path)).then(
				({ size }) => size,
				() => 0,
			),
		})),
	);
}

/** Neither too much nor with a NUL in it, which the editor takes for binary; UTF-16 says that it is text. */
function isText(bytes: Uint8Array | null): boolean {
	if (!bytes) return true;
	if (bytes.byteLength > MAX_TEXT) return false;
	return encodingOf(bytes).startsWith("utf16") || !bytes.includes(0);
}

function isUtf8(bytes: Uint8Array): boolean {
	return Buffer.compare(Buffer.from(Buffer.from(bytes).toString("utf8"), "utf8"), bytes) === 0;
}

/**
 * Whether the editor gives back the very bytes that it was given. Mixed line ends and foreign encodings do not come
 * back, and what is on screen would not be what is written.
 */
function survivesEditing(bytes: Uint8Array): boolean {
	const text = textOf(bytes);
	const ends = new Set(text?.match(/\r\n|\r|\n/g));
	return text !== undefined && ends.size <= 1 && !ends.has("\r");
}

/** Of UTF-8, and of UTF-16 that says so. Undefined where another byte would do as well. */
function textOf(bytes: Uint8Array): string | undefined {
	const encoding = encodingOf(bytes);
	try {
		const text = new TextDecoder(ENCODINGS[encoding] ?? "utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
		return encoding.startsWith("utf16") && text.length * 2 !== bytes.byteLength ? undefined : text;
	} catch {
		return undefined;
	}
}

const ENCODINGS: Readonly<Record<string, string>> = { utf16le: "utf-16le", utf16be: "utf-16be" };

/** In the editor's word: by the mark at the start, else UTF-8, whatever a setting says. */
export function encodingOf([first, second]: Uint8Array): "utf8" | "utf8bom" | "utf16le" | "utf16be" {
	if (first === 0xff && second === 0xfe) return "utf16le";
	if (first === 0xfe && second === 0xff) return "utf16be";
	return first === 0xef && second === 0xbb ? "utf8bom" : "utf8";
}
