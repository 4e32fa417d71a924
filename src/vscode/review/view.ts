import { dirname, join } from "node:path";
import * as vscode from "vscode";
import type { BlobPort, BlobRef, FilePort } from "../../core/ports.ts";
import type { Request, Target } from "../../core/request.ts";
import { changesNow } from "../../present/changesNow.ts";
import { diffText } from "../../present/diffText.ts";
import {
	bytesDocument,
	decidedDocument,
	entriesOf,
	folderDocument,
	requestDocument,
	SHOWN,
} from "../../present/document.ts";
import { DECODERS, encodingOf, type Form, formOf, isSameForm } from "../../present/form.ts";
import { spellBytes } from "../../present/spell.ts";
import { unseenIn } from "../../present/unseen.ts";
import { nameOf, verbOf } from "../../present/words.ts";
import { proposedUri, readonlyUri } from "./uris.ts";

/** How a request is put on screen. */
export type View =
	/** `shown`: the bytes on the right, where the reviewer may change them. */
	| {
			readonly kind: "diff";
			readonly left: vscode.Uri;
			readonly right: vscode.Uri;
			readonly contents: Contents;
			/** What of it a reader may miss, in sentences. */
			readonly unseen: readonly string[];
			readonly shown?: Uint8Array;
	  }
	| { readonly kind: "document"; readonly uri: vscode.Uri; readonly contents: Contents; readonly language: string };

/** Bytes of the documents that are ours, by URI. */
type Contents = ReadonlyMap<string, Uint8Array>;

/** Above this a content is described, not compared: an editor would not draw it, or stand still. Bytes. */
const MAX_TEXT = 4 * 1024 * 1024;

/** What the command of a request would start, a line each, for reading. */
export type StartsOf = (request: Request) => Promise<readonly string[]>;

/** @throws Problem when a content is gone from the store */
export async function viewOf(
	request: Request,
	{ blobs, files, startsOf }: { blobs: BlobPort; files: FilePort; startsOf: StartsOf },
): Promise<View> {
	const [target] = request.plan.targets;
	if (request.status !== "waiting")
		return documentView(request, decidedDocument(request, await changeOf(target, blobs), Date.now()));
	if (request.action.tool === "changes")
		return documentView(request, requestDocument(request, { changes: await changesNow(request, { blobs, files }) }));
	if (!target || target.problem)
		return documentView(request, requestDocument(request, { starts: await startsOf(request) }));
	if (target.listing) return folderView(request, target, files);
	if (target.change === "write") return writeView(request, target, blobs);
	return deleteView(request, target, blobs, files);
}

/** As text: what was decided is not changed any more. Undefined where the contents are gone, or there were none. */
async function changeOf(target: Target | undefined, blobs: BlobPort): Promise<string | undefined> {
	if (!target || target.listing || isLarge(target.base) || isLarge(target.proposed)) return undefined;
	const content = (ref: { sha256: string } | null) => (ref ? blobs.get(ref.sha256) : Promise.resolve(null));
	const sides = Promise.all([content(target.base), content(target.proposed)]);
	return sides.then(([base, proposed]) => diffText(target.facts.canonical, base, proposed)).catch(() => undefined);
}

function documentView(request: Request, { text, language }: { text: string; language: string }): View {
	const uri = readonlyUri(documentPath(request), request.id, "text");
	return { kind: "document", uri, language, contents: new Map([[uri.toString(), Buffer.from(text, "utf8")]]) };
}

/** The tab of a document is called as its file, so the file is called as the tab should be: not as the one it is about. */
function documentPath(request: Request): string {
	const path = request.plan.targets[0]?.facts.canonical;
	if (path === undefined) return join(request.plan.cwd, titleOf(request));
	return join(dirname(path), `${nameOf(request)} · ${titleOf(request)}`);
}

function titleOf(request: Request): string {
	const agent = request.identity.agent.replace(/[^\w .-]/g, "_").slice(0, 40);
	return request.status === "waiting"
		? `${verbOf(request)}, asked by ${agent}`
		: `${verbOf(request)}, ${request.status}`;
}

/** So large that only its digest, its size and its beginning are shown. */
const isLarge = (ref: BlobRef | null) => ref !== null && ref.size > MAX_TEXT;

async function largeView(request: Request, { base, proposed }: Target, blobs: BlobPort): Promise<View> {
	const sample = async (ref: BlobRef | null) => ref && { ...ref, start: await blobs.start(ref.sha256, SHOWN) };
	const text = bytesDocument(request, await sample(base), await sample(proposed));
	return documentView(request, { text, language: "plaintext" });
}

async function writeView(request: Request, target: Target, blobs: BlobPort): Promise<View> {
	if (isLarge(target.base) || isLarge(target.proposed)) return largeView(request, target, blobs);
	const base = target.base && (await blobs.get(target.base.sha256));
	const proposed = target.proposed && (await blobs.get(target.proposed.sha256));
	if (!proposed || !canBeSpelled(base) || !canBeSpelled(proposed)) {
		return documentView(request, { text: bytesDocument(request, base, proposed), language: "plaintext" });
	}
	const path = target.facts.canonical;
	const form = formOf(proposed);
	const baseForm = base ? formOf(base) : form;
	if (!form || !baseForm || !isSameForm(form, baseForm) || !isDrawn(form) || !isDrawn(baseForm)) {
		return spelledOut(request, path, base, proposed);
	}
	const left = base ? vscode.Uri.file(path) : readonlyUri(path, request.id, "empty");
	const right = proposedUri(path, request.id);
	const contents = new Map([[right.toString(), proposed]]);
	if (!base) contents.set(left.toString(), new Uint8Array());
	return { kind: "diff", left, right, contents, unseen: unseenOf(base, proposed), shown: proposed };
}

/** What was there before is no news: only what the change brings, or moves, is told. */
function unseenOf(base: Uint8Array | null, proposed: Uint8Array): string[] {
	const before = base ? unseenIn(decoded(base)) : [];
	return unseenIn(decoded(proposed)).filter((said) => !before.includes(said));
}

const decoded = (bytes: Uint8Array) => new TextDecoder(DECODERS[encodingOf(bytes)], { ignoreBOM: false }).decode(bytes);

/** Whether an editor gives back the very bytes that it was given, and draws all of every line. */
const isDrawn = ({ ends, longest }: Form) => ends !== "mixed" && longest <= MAX_LINE;

/** An editor stops drawing a line at some length, 10,000 characters or what a setting says. */
const MAX_LINE = 1000;

/** Line ends, marks and bytes that an editor would not show are written out, on both sides. */
function spelledOut(request: Request, path: string, base: Uint8Array | null, proposed: Uint8Array): View {
	const left = readonlyUri(path, request.id, "before");
	const right = readonlyUri(path, request.id, "after");
	const contents = new Map([
		[left.toString(), Buffer.from(base ? spellBytes(base) : "", "utf8")],
		[right.toString(), Buffer.from(spellBytes(proposed), "utf8")],
	]);
	return { kind: "diff", left, right, contents, unseen: unseenOf(base, proposed) };
}

/** Too large a text would not be drawn; of what is mostly no text, rows of hex tell more. */
function canBeSpelled(bytes: Uint8Array | null): boolean {
	if (!bytes || encodingOf(bytes).startsWith("utf16")) return (bytes?.byteLength ?? 0) <= MAX_TEXT;
	if (bytes.byteLength > MAX_TEXT) return false;
	const odd = bytes.reduce((count, byte) => count + (byte < 9 || (byte > 13 && byte < 32) || byte === 127 ? 1 : 0), 0);
	return odd * MAX_ODD_SHARE <= bytes.byteLength;
}

/** With more than one control character in so many bytes it is no text. */
const MAX_ODD_SHARE = 10;

async function deleteView(request: Request, target: Target, blobs: BlobPort, files: FilePort): Promise<View> {
	const { canonical } = target.facts;
	const bytes = await blobs.get(target.base?.sha256 ?? "").catch(() => files.read(canonical).catch(() => null));
	if (!bytes || !formOf(bytes) || bytes.byteLength > MAX_TEXT) {
		return documentView(request, { text: bytesDocument(request, bytes, null), language: "plaintext" });
	}
	const right = readonlyUri(canonical, request.id, "empty");
	const contents = new Map([[right.toString(), new Uint8Array()]]);
	return { kind: "diff", left: vscode.Uri.file(canonical), right, contents, unseen: [] };
}

/** What would go is as it is now, what would come back as it was kept. */
async function folderView(request: Request, { change, facts, listing }: Target, files: FilePort): Promise<View> {
	const listed = change === "delete" ? files.list(facts.canonical) : files.kept(listing?.digest ?? "");
	const entries = await listed.then(entriesOf, () => []);
	return documentView(request, { text: folderDocument(request, entries), language: "plaintext" });
}
