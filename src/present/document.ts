import { assertNever } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import type { BlobRef, NamedListing } from "../core/ports.ts";
import { factsOf, type Request } from "../core/request.ts";
import type { Action } from "../protocol/action.ts";
import { changesText, drawnLines, nameIn } from "./changes.ts";
import { escapeLine, escapeText } from "./escape.ts";
import { spellText } from "./spell.ts";
import { unseenIn } from "./unseen.ts";
import { claimOf, fateText, undoText, verbOf } from "./words.ts";

export interface RequestDocument {
	readonly text: string;
	/** How it may be coloured; its head is a comment there. */
	readonly language: "shellscript" | "plaintext" | "diff";
}

/**
 * A request that is not a change of a file, whole, for reading: drawn from the real arguments, every hidden character
 * written out. The agent's own words stand in a box, so that they cannot pass for ours.
 * @param more what a command would start, a line each; or several changes, compared with what is there
 */
export function requestDocument(
	request: Request,
	{ starts = [], changes }: { readonly starts?: readonly string[]; readonly changes?: string } = {},
): RequestDocument {
	const language = languageOf(request);
	const mark = language === "shellscript" ? "# " : "";
	const head = [...headOf(request), ...wordsOf(request)].map((line) => `${mark}${line}`.trimEnd());
	const foot = starts.length > 0 ? ["", STARTS, ...starts].map((line) => `# ${line}`.trimEnd()) : [];
	return { text: `${[...head, "", changes ?? argumentsText(request), ...foot].join("\n")}\n`, language };
}

function languageOf({ action }: Request): RequestDocument["language"] {
	if (action.tool === "changes") return "diff";
	return action.tool === "shell_execute" ? "shellscript" : "plaintext";
}

/** Nobody may take it for more than it is. */
const STARTS = "what it starts, as far as its text tells:";

/**
 * What became of a request, and what it was about. `change`: of a file, from what was there to what was proposed;
 * `now`: wall time, ms.
 */
export function decidedDocument(request: Request, change: string | undefined, now: number): RequestDocument {
	const { decision, detail } = request;
	const fate = [
		fateText(request, now),
		...(decision ? [`at        ${decision.time}`] : []),
		...(decision?.reason ? [`reason    ${escapeLine(decision.reason)}`] : []),
		...(detail ? [`detail    ${escapeLine(detail)}`] : []),
	];
	const head = [...fate, "", ...headOf(request), ...wordsOf(request)];
	return {
		text: `${head.join("\n")}\n\n${change ?? argumentsText(request)}\n`,
		language: change || request.action.tool === "changes" ? "diff" : "plaintext",
	};
}

/** Who wants what where, what makes it grave, and by what it can be told apart. */
export function headOf(request: Request): string[] {
	const { session } = request.identity;
	const { tier, why, cwd } = request.plan;
	const grave =
		tier === "normal" || tier === "free" ? [] : [`${tier.toUpperCase()}: ${why.map(escapeLine).join("; ")}`];
	const ids = [
		`request ${request.id.slice(0, 8)}`,
		`revision ${request.revision}`,
		`binding ${request.binding.slice(0, 8)}`,
		...(session ? [`session ${escapeLine(session)}`] : []),
	];
	const wish = `${askerOf(request)} ${verbOf(request)} this, in ${escapeLine(cwd)}`;
	return [wish, ...grave, ...unseenIn(rawArguments(request.action)), ids.join(", ")];
}

function askerOf(request: Request): string {
	const undo = undoText(request);
	return undo === undefined ? `${escapeLine(request.identity.agent)} wants to` : `${undo}:`;
}

/** As the agent wrote them, for what has to be counted; a file's content is told with its diff. */
function rawArguments(action: Action): string {
	if (action.tool === "shell_execute") return action.command ?? (action.argv ?? []).join("\n");
	if (action.tool === "changes") return drawnLines(action).join("\n");
	return action.tool === "file_write" ? action.path : JSON.stringify(action, null, 1);
}

/** What the agent of a request says of it, marked as such. */
export const wordsOf = (request: Request): string[] => box(claimOf(request));

/** What an agent says, marked as such. */
export function box(intent: string | undefined): string[] {
	if (!intent) return [];
	const lines = escapeText(intent).split("\n");
	return ["", "┌─ the agent says (not checked)", ...lines.map((line) => `│ ${line}`), "└─"];
}

/** What was asked for, so that all of it can be seen. */
export const argumentsText = (request: Request): string =>
	request.action.tool === "changes" ? changesText(request) : spellText(argumentsOf(request));

/** What was asked for, without any words of ours but the headings; paths as they really lead. */
export function argumentsOf(request: Request): string {
	const { action } = request;
	const [first] = factsOf(request).map(({ canonical }) => escapeLine(canonical));
	switch (action.tool) {
		case "shell_execute":
			return shell(action);
		case "api_call": {
			const headers = Object.entries(action.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
			const request = [`${action.method.toUpperCase()} ${action.url}`, ...headers].map(escapeLine).join("\n");
			return action.body === undefined ? request : `${request}\n\n${escapeText(action.body)}`;
		}
		case "send_message":
			return `To: ${escapeLine(action.to)}\n\n${escapeText(action.text)}`;
		case "mcp_call":
			return `${escapeLine(`${action.server} / ${action.name}`)}\n\n${json(action.arguments)}`;
		case "custom":
			return `${escapeLine(action.name)}\n\n${json(action.arguments)}`;
		case "file_rename":
			return renameText(request, action);
		case "file_read":
			return `reads  ${first ?? escapeLine(action.path)}`;
		case "file_write":
		case "file_delete":
		case "changes":
		case "log_write":
			return json(action);
		default:
			return assertNever(action);
	}
}

function renameText(request: Request, { from, to }: Extract<Action, { tool: "file_rename" }>): string {
	const [first, second] = factsOf(request);
	const { cwd } = request.plan;
	const name = nameIn(second?.canonical ?? to, cwd);
	const isFree = second?.kind === "missing";
	const lines = [
		`rename ${nameIn(first?.canonical ?? from, cwd)} to ${name}`,
		isFree ? `Nothing is at ${name} yet.` : `What is at ${name} is replaced.`,
	];
	return lines.join("\n");
}

function shell(action: Extract<Action, { tool: "shell_execute" }>): string {
	const environment = Object.entries(action.env ?? {}).map(
		([name, value]) => `# with ${escapeLine(`${name}=${value}`)}`,
	);
	const command = action.command === undefined ? argv(action.argv ?? []) : escapeText(action.command);
	return [...environment, command].join("\n");
}

/** One word a line, so that where a word ends is never a guess. */
const argv = (words: readonly string[]) =>
	["# exactly these words, without a shell", ...words.map((word) => escapeLine(JSON.stringify(word)))].join("\n");

const json = (value: unknown) => escapeText(JSON.stringify(value, null, 2));

/** Two contents that are not text, in what can be compared of them by eye. */
export function bytesDocument(request: Request, base: Bytes | null, proposed: Bytes | null): string {
	const path = request.plan.targets[0]?.facts.canonical ?? "";
	const lines = [...headOf(request), ...wordsOf(request), "", escapeLine(path), ""];
	return [...lines, ...hexDump("now", base), "", ...hexDump("proposed", proposed), ""].join("\n");
}

/** A content, or its beginning where it is too large to be held. */
export type Bytes = Uint8Array | (BlobRef & { readonly start: Uint8Array });

/** Bytes shown of a content that is not text; its size says how much there is. */
export const SHOWN = 4096;

export function hexDump(name: string, bytes: Bytes | null): string[] {
	if (!bytes) return [`${name}: nothing`];
	const { size, start, ...known } =
		bytes instanceof Uint8Array ? { size: bytes.byteLength, start: bytes, sha256: sha256(bytes) } : bytes;
	const cut = size > SHOWN ? `, the first ${SHOWN} of them` : "";
	const lines = [`${name}: ${size} bytes${cut}, sha256 ${known.sha256}`];
	for (let at = 0; at < Math.min(size, SHOWN); at += 16) {
		const row = [...start.subarray(at, Math.min(at + 16, SHOWN))];
		const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
		const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
		lines.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(47)}  ${text}`);
	}
	return lines;
}

/** More would not be read by anybody; the document says how many there are in all. */
const MAX_ENTRIES = 5000;

export function entriesOf({ names, sizes }: NamedListing): { path: string; size: number }[] {
	const all = names.map((path, at) => ({ path, size: sizes[at] ?? 0 }));
	return all.filter(({ path }) => path !== "").slice(0, MAX_ENTRIES);
}

/** A folder that would go or come back, with what is in it: `entries` are paths below it and their sizes in bytes. */
export function folderDocument(request: Request, entries: readonly { path: string; size: number }[]): string {
	const target = request.plan.targets[0];
	const total = target?.listing ? `${target.listing.entries} entries, ${target.listing.bytes} bytes` : "";
	const lines = entries.map(({ path, size }) => `${String(size).padStart(12)}  ${escapeLine(path)}`);
	const name = escapeLine(target?.facts.canonical ?? "");
	// It is one of them itself.
	const more = (target?.listing?.entries ?? 1) - 1 - entries.length;
	if (more > 0) lines.push(`… and ${more} more`);
	const verb = target?.change === "write" ? "puts back" : "deletes";
	return [...headOf(request), ...wordsOf(request), "", `${verb} ${name}: ${total}`, "", ...lines, ""].join("\n");
}
