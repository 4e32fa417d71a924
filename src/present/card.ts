import { oddText } from "../core/policy/oddText.ts";
import { isSecret } from "../core/policy/protectedPaths.ts";
import { spellings } from "../core/policy/rules.ts";
import type { BlobPort, BlobRef } from "../core/ports.ts";
import type { Reminder } from "../core/reminders.ts";
import type { Card, Message } from "../core/remote/remotePort.ts";
import type { Veil } from "../core/remote/veil.ts";
import { factsOf, type Request, type Target } from "../core/request.ts";
import { changeText } from "./changeText.ts";
import { argumentsOf, box } from "./document.ts";
import { escapeLine } from "./escape.ts";
import { spellText } from "./spell.ts";
import { agentOf, ageText, claimOf, fateText, verbOf } from "./words.ts";

/** Characters of a card where the channel has room for them. */
const MAX_CARD = 3500;
/** Of the agent's own words. */
const MAX_WORDS = 600;
/** Of a path, and of a sentence about it. */
const MAX_LINE = 700;
/** What a card's head may take of it: all that is not the change or the command itself. */
const HEAD = 18 / 35;
/** A larger file is told by its size. Bytes. */
const MAX_FILE = 64 * 1024;

export interface CardParts {
	readonly blobs: Pick<BlobPort, "get">;
	readonly veil: Veil;
	/** Real path of the gate's folder: several gates may share a chat. */
	readonly folder: string;
	/** Wall time, ms. */
	readonly now: number;
	/** A time as the person reads it. */
	readonly clock: (time: number) => string;
	/** A denial was pressed, and no reason given yet. */
	readonly asksWhy: boolean;
	/** Where it opens in full at the desk, when there is an editor. */
	readonly link?: ((request: Request) => string) | undefined;
	/** Characters that the channel has room for. */
	readonly most?: number | undefined;
}

/**
 * What a phone reads of a request: plain text, drawn from the real arguments, without secrets. What does not stand in it
 * as it is makes it not whole, and it says so.
 */
export async function drawCard(request: Request, parts: CardParts): Promise<Card> {
	const { most = MAX_CARD } = parts;
	const page = new Page(parts.veil, most);
	const contents = await readContents(request, parts.blobs);
	for (const text of [...stringsIn(request.action), ...contents.values()]) parts.veil.learn(text ?? "");
	for (const text of [request.intent, request.detail, request.decision?.reason]) parts.veil.learn(text ?? "");
	page.theirs(`#${request.seq} ${request.binding.slice(0, 8)}`);
	page.ours(" ").path(projectOf(parts.folder)).ours("\n");
	if (request.status !== "waiting") {
		writeFate(page, request, parts.now);
		return page.card();
	}
	writeHead(page, request, parts);
	const tail = new Page(parts.veil, most);
	const claim = claimOf(request);
	for (const line of claim ? box(tail.fitted(claim, MAX_WORDS)).slice(1) : []) tail.theirs(`\n${line}`);
	writeWhat(page, request, contents, most - page.length - tail.length - MAX_ENDING);
	page.append(tail);
	if (page.left.size > 0) page.ours(`\n\n${[...page.left].join(" ")} Decide it at the desk; here it can be denied.`);
	if (parts.link) page.ours("\n\nopens at the desk: ").code(parts.link(request));
	if (parts.asksWhy) page.ours("\n\nWhy not? Choose a reason, or write your own.");
	return page.card();
}

/** What people call a folder: its name, and where it is when that is not enough. */
const projectOf = (folder: string): string => folder.split(/[\\/]/).filter(Boolean).slice(-2).join("/") || folder;

/** By their numbers alone: a name that is cut could be half a secret. */
export function awayText({ requests, oldest }: Reminder): string {
	const numbers = requests.map(({ seq }) => `#${seq}`);
	const named = numbers.slice(0, MAX_NUMBERS).join(", ") + (numbers.length > MAX_NUMBERS ? ", …" : "");
	const count = numbers.length === 1 ? "1 request has waited" : `${numbers.length} requests have waited, the oldest`;
	return `${count} for ${ageText(oldest)}: ${named}`;
}

const MAX_NUMBERS = 20;

/** What stands below the change, at most. Characters. */
const MAX_ENDING = 420;

/** A sentence about what waits in a folder, which may name what others wrote. */
export function sentenceOf(text: string, folder: string, veil: Veil): Message {
	const shown = veil
		.hide(`${escapeLine(projectOf(folder))}: ${text}`)
		.toWellFormed()
		.slice(0, MAX_CARD);
	return { text: shown, quoted: [{ from: 0, to: shown.length }] };
}

function writeFate(page: Page, request: Request, now: number): void {
	page.theirs(fateText(request, now), MAX_LINE);
	page.ours(`\n${verbOf(request)} `);
	page.theirs(nameOf(request), MAX_LINE);
	if (request.decision?.reason) page.ours("\nreason: ");
	if (request.decision?.reason) page.theirs(escapeLine(request.decision.reason), MAX_LINE);
	if (request.detail) page.ours("\n");
	if (request.detail) page.theirs(escapeLine(request.detail), MAX_LINE);
}

function writeHead(page: Page, request: Request, { clock }: CardParts): void {
	const { plan, requestedAt, revision } = request;
	page.ours(`${verbOf(request)} `);
	const paths = factsOf(request);
	if (plan.targets.length > 0) page.path(paths.map(({ canonical }) => canonical).join(", "));
	else page.ours("this, in ").path(plan.cwd);
	page.ours(`\n${plan.tier}`);
	for (const why of plan.why) page.ours("\n").theirs(escapeLine(why), MAX_LINE, page.most * HEAD);
	page.ours("\nasked by ").theirs(agentOf(request));
	page.ours(`, waits since ${clock(requestedAt)}${revision > 1 ? `, revision ${revision}` : ""}\n`);
}

function writeWhat(page: Page, request: Request, contents: Contents, room: number): Page {
	const secret = factsOf(request).some((facts) => spellings(facts).some(isSecret));
	for (const text of stringsIn(request.action))
		if (oddText(text) !== undefined || !text.isWellFormed()) page.leave(ODD);
	for (const { canonical } of factsOf(request)) if (oddText(canonical) !== undefined) page.leave(ODD);
	const [target] = request.plan.targets;
	if (target) return writeTarget(page, target, contents, { room, secret });
	if (secret && request.action.tool === "changes") {
		for (const { canonical } of factsOf(request))
			page.ours("\n").theirs(escapeLine(canonical), MAX_LINE, page.most * HEAD);
		return page.leave(SECRET);
	}
	return page.ours("\n").theirs(spellText(page.veiled(argumentsOf(request))), room);
}

function writeTarget(
	page: Page,
	target: Target,
	contents: Contents,
	{ room, secret }: { readonly room: number; readonly secret: boolean },
): Page {
	const { base, proposed } = target;
	if (target.problem) page.leave("It cannot be told what would be done.");
	page.ours(sizesOf(target));
	if (target.change === "delete") return page;
	if (secret) return page.leave(SECRET);
	const [from, to] = [base ? contents.get(base.sha256) : "", proposed ? contents.get(proposed.sha256) : undefined];
	if (from === undefined || to === undefined) return page.leave("The content is not sent: too large, or no text.");
	if (oddText(to) !== undefined) page.leave(ODD);
	const { head, lines, isTold } = changeText(base ? from : undefined, to, (text) => page.quiet(text));
	if (!isTold) page.leave(head === undefined ? "The change is too much to be compared." : VEILED);
	if (head !== undefined) page.ours(` ${head}`);
	return lines === "" ? page : page.ours("\n").theirs(spellText(lines), room);
}

function sizesOf({ base, proposed, listing, change }: Target): string {
	if (listing) return `with ${listing.entries} entries, ${listing.bytes} bytes`;
	if (change === "delete") return `${base?.size ?? 0} bytes`;
	return base ? `${base.size} -> ${proposed?.size ?? 0} bytes` : `new, ${proposed?.size ?? 0} bytes`;
}

const SECRET = "Its content is not sent: it is a place for secrets.";
const ODD = "It holds what is not drawn, or more than one sees.";
const CUT = "There is more than stands here.";
const VEILED = "Something in it is not what it is at the desk.";

/** The texts of a request's files by their digests; undefined: not to be shown. */
type Contents = ReadonlyMap<string, string | undefined>;

async function readContents({ plan }: Request, blobs: CardParts["blobs"]): Promise<Contents> {
	const contents = new Map<string, string | undefined>();
	for (const { change, base, proposed } of plan.targets) {
		if (change !== "write") continue;
		for (const ref of [base, proposed]) if (ref) contents.set(ref.sha256, await textOf(ref, blobs));
	}
	return contents;
}

async function textOf({ sha256, size }: BlobRef, blobs: CardParts["blobs"]): Promise<string | undefined> {
	if (size > MAX_FILE) return undefined;
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await blobs.get(sha256));
	} catch {
		return undefined;
	}
}

/** Every string of an action, whatever its shape. */
function stringsIn(value: unknown): string[] {
	if (typeof value === "string") return [value];
	if (Array.isArray(value)) {
		const words = value.filter((word) => typeof word === "string");
		return [...value.flatMap(stringsIn), ...(words.length > 1 ? [words.join(" ")] : [])];
	}
	return typeof value === "object" && value !== null
		? Object.entries(value).flatMap(([key, one]) => [key, ...stringsIn(one)])
		: [];
}

/** All of the path or of the command: what is decided is named in full as far as there is room. */
function nameOf(request: Request): string {
	const paths = factsOf(request).map(({ canonical }) => escapeLine(canonical));
	return paths.length > 0 ? paths.join(", ") : escapeLine(argumentsOf(request));
}

/** A text that grows, which parts of it others wrote, and what of the request it does not hold. */
class Page {
	readonly left = new Set<string>();
	/** Characters. */
	readonly most: number;
	private readonly veil: Veil;
	private text = "";
	private quoted: { from: number; to: number }[] = [];

	constructor(veil: Veil, most: number) {
		this.veil = veil;
		this.most = most;
	}

	get length(): number {
		return this.text.length;
	}

	ours(text: string): this {
		this.text += text;
		return this;
	}

	/** Of ours, to be copied. */
	code(text: string): this {
		this.quoted.push({ from: this.length, to: this.length + text.length });
		return this.ours(text);
	}

	/** @param upTo where the page ends for it */
	theirs(text: string, most = this.most, upTo = this.most): this {
		const shown = this.fitted(text, Math.min(most, upTo - this.text.length));
		const from = this.text.length;
		this.text += shown;
		const last = this.quoted.at(-1);
		if (last?.to === from) last.to = this.text.length;
		else if (shown !== "") this.quoted.push({ from, to: this.text.length });
		return this;
	}

	path(text: string): this {
		return this.theirs(escapeLine(this.veiled(text)), MAX_LINE);
	}

	/** Without secrets first: what is cut through would not be known any more. */
	fitted(text: string, most: number): string {
		const shown = this.veiled(text);
		if (shown.length <= most) return shown;
		this.leave(CUT);
		return `${shown.slice(0, Math.max(0, most - 2)).toWellFormed()} …`;
	}

	veiled(text: string): string {
		const shown = this.veil.hide(text).toWellFormed();
		if (shown !== text) this.leave(VEILED);
		return shown;
	}

	/** Of a text that is not shown as such. */
	quiet(text: string): string {
		return this.veil.hide(text);
	}

	/** In a sentence for the person: what is missing. */
	leave(sentence: string): this {
		this.left.add(sentence);
		return this;
	}

	append(other: Page): void {
		for (const { from, to } of other.quoted)
			this.quoted.push({ from: from + this.text.length, to: to + this.text.length });
		this.text += other.text;
		for (const sentence of other.left) this.left.add(sentence);
	}

	card(): Card {
		return { text: this.text, quoted: this.quoted, isWhole: this.left.size === 0 };
	}
}
