import { sha256 } from "../base/hash.ts";
import { applyEdits } from "../core/edits.ts";
import type { BlobPort, FilePort } from "../core/ports.ts";
import type { Request } from "../core/request.ts";
import type { Content } from "../protocol/action.ts";
import {
	type ChangeOf,
	changesOf,
	headingOf,
	nameIn,
	numbered,
	type Part,
	type Placed,
	pathIn,
	writtenLines,
} from "./changes.ts";
import { diffText } from "./diffText.ts";
import { hexDump } from "./document.ts";
import { escapeLine } from "./escape.ts";
import { FilesThen, NOTHING, type There, tooMuch } from "./filesThen.ts";

/** What the changes of a request are read from. */
export interface NowPorts {
	readonly blobs: Pick<BlobPort, "get" | "has">;
	readonly files: Pick<FilePort, "read" | "hash" | "list">;
}

/** For the comparisons of a request together: a thousand files must not keep an editor waiting. Ms. */
const MAX_MS = 2000;

/**
 * Several changes of files in one, for reading: each as a diff against the file as it is now, after what the changes
 * before it would do. What cannot be compared is said, and stands there as the agent wrote it.
 */
export async function changesNow(request: Request, { blobs, files }: NowPorts): Promise<string> {
	const changes = changesOf(request);
	const telling = { cwd: request.plan.cwd, ms: MAX_MS / changes.length, files: new FilesThen(files), blobs };
	const parts: Counted[] = [];
	for (const placed of changes) parts.push(await partOf(placed, telling));
	return [countText(changes, parts), ...NOTE, "", numbered(parts)].join("\n");
}

const NOTE = [
	"Compared with the files as they are when this is opened, each change after those above it.",
	"Once this is approved, the agent makes these changes itself.",
];

interface Counted extends Part {
	/** Lines that come and go; undefined where that is not known. */
	readonly counts?: { readonly added: number; readonly removed: number };
}

interface Telling {
	readonly cwd: string;
	/** For one comparison. */
	readonly ms: number;
	readonly files: FilesThen;
	readonly blobs: NowPorts["blobs"];
}

const NONE = { added: 0, removed: 0 };

/** `4 files, +12 -3`. A file that is renamed and then edited is one. */
function countText(changes: readonly Placed[], parts: readonly Counted[]): string {
	const files = new Set(changes.map(({ to }) => to)).size;
	const counts = parts.flatMap((part) => part.counts ?? []);
	const sum = (of: keyof typeof NONE) => counts.reduce((total, one) => total + one[of], 0);
	const left = parts.length - counts.length;
	const rest = left === 0 ? "" : `, and ${left} of ${parts.length} changes that are not counted in lines`;
	return `${files} ${files === 1 ? "file" : "files"}, +${sum("added")} -${sum("removed")}${rest}`;
}

function partOf({ change, ...place }: Placed, telling: Telling): Promise<Counted> {
	switch (change.tool) {
		case "file_rename":
			return renamePart({ change, ...place }, telling);
		case "file_delete":
			return deletePart({ change, ...place }, telling);
		case "file_write":
			return writePart({ change, ...place }, telling);
	}
}

async function renamePart(placed: Placed<ChangeOf<"file_rename">>, { cwd, files }: Telling): Promise<Counted> {
	const { path, to } = placed;
	const there = await files.at(path);
	const target = await files.at(to);
	files.move(path, to);
	const name = nameIn(to, cwd);
	const lines = [
		...otherBase(placed.change.base, there),
		...(isNothing(there) ? [`There is nothing at ${nameIn(path, cwd)}.`] : []),
		isNothing(target) ? `Nothing is at ${name} yet.` : `What is at ${name} is replaced. It is ${wordsOf(target)}.`,
	];
	return { heading: headingOf(placed, cwd), lines, counts: NONE };
}

async function deletePart(placed: Placed<ChangeOf<"file_delete">>, telling: Telling): Promise<Counted> {
	const { cwd, files } = telling;
	const { path } = placed;
	const there = await files.at(path);
	files.put(path, NOTHING);
	const said = { heading: headingOf(placed, cwd), lines: otherBase(placed.change.base, there) };
	const name = nameIn(path, cwd);
	if ("words" in there) return { ...said, lines: [...said.lines, `${name} is ${there.words}.`] };
	if (isNothing(there)) return { ...said, lines: [...said.lines, `There is nothing at ${name}.`], counts: NONE };
	return withDiff(said, path, [there.bytes, null], telling);
}

async function writePart(placed: Placed<ChangeOf<"file_write">>, telling: Telling): Promise<Counted> {
	const { cwd, files } = telling;
	const { change, path } = placed;
	const there = await files.at(path);
	const proposed = await proposedOf(placed, there, telling);
	files.put(path, proposed);
	const said = {
		heading: headingOf({ ...placed, isNew: isNothing(there) }, cwd),
		lines: otherBase(change.base, there),
	};
	const name = nameIn(path, cwd);
	const problems = [
		...("words" in there ? [`${name} is ${there.words}.`] : []),
		...("words" in proposed ? [`What it would become is ${proposed.words}.`] : []),
	];
	if ("words" in there || "words" in proposed) return withWritten(said, problems, placed);
	const part = withDiff(said, path, [there.bytes, proposed.bytes], telling);
	// Of what is no text only the beginning is shown.
	return part.counts ? part : withWritten(part, [], placed);
}

async function proposedOf(
	{ change }: Placed<ChangeOf<"file_write">>,
	there: There,
	{ files, blobs }: Telling,
): Promise<There> {
	if (change.content !== undefined) return contentOf(change.content, files, blobs);
	if ("words" in there) return { words: "what nobody can tell" };
	if (there.bytes === null) return { words: "what nobody can tell: there is no file to edit" };
	const edited = applyEdits(there.bytes, change.edits ?? []);
	if ("problem" in edited) return { words: `what nobody can tell: ${escapeLine(edited.problem)}` };
	return held(edited.bytes, files);
}

async function contentOf(content: Content, files: FilesThen, blobs: NowPorts["blobs"]): Promise<There> {
	if (typeof content === "string") return held(Buffer.from(content, "utf8"), files);
	if ("base64" in content) return held(Buffer.from(content.base64, "base64"), files);
	const found = await blobs.has(content.blob);
	if (found && !files.takes(found.size)) return { words: tooMuch(found) };
	const bytes = found && (await blobs.get(content.blob).catch(() => null));
	return bytes ? { bytes } : { words: `a content that is not here: sha256 ${content.blob}` };
}

const held = (bytes: Uint8Array, files: FilesThen): There =>
	files.takes(bytes.byteLength) ? { bytes } : { words: tooMuch({ size: bytes.byteLength, sha256: sha256(bytes) }) };

const isNothing = (there: There) => "bytes" in there && there.bytes === null;

const wordsOf = (there: There) => ("words" in there ? there.words : `a file of ${there.bytes?.byteLength ?? 0} bytes`);

/** The agent may have said which bytes it knows. */
function otherBase(base: string | null | undefined, there: There): string[] {
	if (base === undefined || "words" in there) return [];
	const found = there.bytes && sha256(there.bytes);
	if (found === base) return [];
	return [`The agent knew it ${base === null ? "as not there" : `with other bytes, sha256 ${base}`}.`];
}

const withWritten = (said: Counted, problems: readonly string[], placed: Placed): Counted => ({
	...said,
	lines: [...said.lines, ...problems, "As the agent wrote it:", ...writtenLines(placed.change)],
});

function withDiff(
	said: Counted,
	path: string,
	[base, proposed]: readonly [Uint8Array | null, Uint8Array | null],
	{ cwd, ms }: Telling,
): Counted {
	const [first = "", ...rest] = diffText(pathIn(path, cwd), base, proposed, ms).split("\n");
	if (rest.length === 0) {
		return { ...said, lines: [...said.lines, first, ...hexDump("now", base), ...hexDump("proposed", proposed)] };
	}
	const lines = rest.slice(1);
	const count = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
	const counts = { added: count("+"), removed: count("-") };
	const isSame = counts.added + counts.removed === 0;
	const none = base && proposed ? "No byte of it changes." : "It is empty.";
	return { ...said, counts, lines: [...said.lines, first, ...rest, ...(isSame ? [none] : [])] };
}
