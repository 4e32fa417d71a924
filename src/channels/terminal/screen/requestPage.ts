import { sha256 } from "../../../base/hash.ts";
import type { BlobPort, BlobRef, FilePort } from "../../../core/ports.ts";
import { isHeld, type Request, type Target } from "../../../core/request.ts";
import { changesNow } from "../../../present/changesNow.ts";
import { summaryText } from "../../../present/describe.ts";
import { diffText, tooLargeText } from "../../../present/diffText.ts";
import { argumentsText, decidedDocument, entriesOf, headOf, hexDump, wordsOf } from "../../../present/document.ts";
import { escapeLine } from "../../../present/escape.ts";
import type { Style } from "./line.ts";
import type { Page, PageLine } from "./state.ts";

export interface PagePorts {
	readonly blobs: Pick<BlobPort, "get" | "has">;
	readonly files: Pick<FilePort, "read" | "hash" | "list" | "kept">;
}

/** A request whole, for reading: who wants what, why it is grave, what the agent says of it, and all that would be done. */
export async function requestPage(request: Request, ports: PagePorts, now: number): Promise<Page> {
	const of = `${request.status} ${request.outcome}`;
	const title: PageLine = { text: `#${request.seq}  ${summaryText(request)}`, style: "bold" };
	const change = await changeOf(request, ports);
	if (request.status !== "waiting" && !isHeld(request)) {
		const text = change.lines.map((line) => line.text).join("\n");
		const document = decidedDocument(request, request.plan.targets.length > 0 ? text : undefined, now);
		return { of, lines: [title, ...document.text.trimEnd().split("\n").map(styled)].map(drawable) };
	}
	const missing = change.missing === undefined ? {} : { missing: change.missing };
	const lines = [title, ...head(request), { text: "" }, ...change.lines];
	return { of, ...missing, lines: lines.map(drawable) };
}

function head(request: Request): PageLine[] {
	const { tier, why } = request.plan;
	const isGrave = tier === "high" || tier === "protected";
	const lines = headOf(request).map((text): PageLine => {
		const isWhy = isGrave && text.startsWith(`${tier.toUpperCase()}: `);
		return { text, isProse: true, ...(isWhy ? { style: "grave" as const } : {}) };
	});
	const reasons = isGrave ? [] : why.map((text): PageLine => ({ text: `• ${escapeLine(text)}`, isProse: true }));
	const held = isHeld(request)
		? [{ text: "It was approved before the gate stopped, and is not done.", style: "grave" as const }]
		: [];
	return [...held, ...lines, ...reasons, ...wordsOf(request).map((text) => ({ text }))];
}

type Change = Pick<Page, "lines" | "missing">;

async function changeOf(request: Request, ports: PagePorts): Promise<Change> {
	const [target] = request.plan.targets;
	if (request.action.tool === "changes" && request.status === "waiting")
		return { lines: (await changesNow(request, ports)).split("\n").map(styled) };
	if (!target || target.problem)
		return {
			lines: argumentsText(request)
				.split("\n")
				.map((text) => ({ text })),
		};
	if (target.listing) return folder(target, ports);
	const { base, proposed, facts } = target;
	const tooLarge = tooLargeText(facts.canonical, base, proposed);
	if (tooLarge !== undefined) return { lines: tooLarge.split("\n").map((text) => ({ text })) };
	try {
		const before = base && (await bytesOf(base, target, ports));
		const after = proposed && (await ports.blobs.get(proposed.sha256));
		const lines = diffText(facts.canonical, before, after).split("\n").map(styled);
		const isText = lines.length > 1 || lines[0]?.text === "";
		if (isText) return { lines };
		const dumps = [...hexDump("now", before), "", ...hexDump("proposed", after)].map((text) => ({ text }));
		return { lines: [...lines, { text: "" }, ...dumps] };
	} catch {
		return gone(`What is in ${escapeLine(facts.canonical)} cannot be read as it was when it was asked for.`);
	}
}

/** What a delete takes is kept only when it is done: until then it is where it is. */
async function bytesOf(ref: BlobRef, target: Target, { blobs, files }: PagePorts): Promise<Uint8Array> {
	if (target.change === "write") return blobs.get(ref.sha256);
	const bytes = await files.read(target.facts.canonical).catch(() => blobs.get(ref.sha256));
	return sha256(bytes) === ref.sha256 ? bytes : blobs.get(ref.sha256);
}

async function folder({ change, facts, listing }: Target, { files }: PagePorts): Promise<Change> {
	const name = escapeLine(facts.canonical);
	const isDelete = change === "delete";
	const found = await (isDelete ? files.list(facts.canonical) : files.kept(listing?.digest ?? "")).catch(
		() => undefined,
	);
	if (!found || found.digest !== listing?.digest) return gone(`${name} is not what it was when it was asked for.`);
	const [mark, style, verb]: [string, Style, string] = isDelete
		? ["-", "removed", "deletes"]
		: ["+", "added", "puts back"];
	const entries = entriesOf(found).map(({ path, size }): PageLine => {
		return { text: `${mark} ${String(size).padStart(10)}  ${escapeLine(path)}`, style };
	});
	const more = found.entries - 1 - entries.length;
	return {
		lines: [
			{ text: `${verb} ${name}: ${found.entries} entries, ${found.bytes} bytes` },
			...entries,
			...(more > 0 ? [{ text: `… and ${more} more` }] : []),
		],
	};
}

/** A decision is of what was seen: what cannot be shown can only be denied, or asked for anew. */
const gone = (why: string): Change => ({
	lines: [{ text: why, style: "bad" }],
	missing: `It cannot be approved here: ${why}`,
});

const MARKS: Readonly<Record<string, Style>> = { "+": "added", "-": "removed", "@": "hunk" };

function styled(text: string): PageLine {
	const style = /^(?:---|\+\+\+) /.test(text) ? "bold" : MARKS[text[0] ?? ""];
	return style === undefined ? { text } : { text, style };
}

/** Tabs as blanks, and marked where they come or go; so are blanks at the end, which nobody would see. */
function drawable(line: PageLine): PageLine {
	const isChange = line.style === "added" || line.style === "removed";
	const shown = isChange
		? line.text.replace(/[ \t]+$/, (blanks) =>
				line.text === blanks ? blanks : `‹${blanks.length} ${blanks.length === 1 ? "blank" : "blanks"}›`,
			)
		: line.text;
	if (!shown.includes("\t")) return shown === line.text ? line : { ...line, text: shown };
	return { ...line, text: shown.replaceAll("\t", isChange ? "→   " : "    ") };
}
