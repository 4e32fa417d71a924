import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import * as z from "zod";
import { errnoOf } from "../base/errors.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";

/** How people away from the desk are reached by Telegram. */
export interface TelegramSettings {
	readonly token: string;
	/** Who may decide there. */
	readonly users: readonly number[];
	readonly chat: number;
	readonly apiRoot?: string | undefined;
	/** False: it only denies. */
	readonly approve: boolean;
	/** Minutes of the day between which nothing new is sent. */
	readonly quiet?: { readonly from: number; readonly to: number } | undefined;
}

export type Channels =
	| { readonly kind: "good"; readonly telegram?: TelegramSettings | undefined; readonly notes: readonly string[] }
	/** Nobody is reached; why, and what to do, a sentence each. */
	| { readonly kind: "bad"; readonly problems: readonly string[] };

const TOKEN = /^\d+:[A-Za-z0-9_-]{30,}$/;
const quiet = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, "not hours");
const telegramSchema = z.strictObject({
	token: z.string().regex(TOKEN, "not a bot's token"),
	users: z.array(z.int().positive()).min(1),
	chat: z.int().optional(),
	api_root: z.string().refine(isSafeRoot, "not https").optional(),
	approve: z.boolean().optional(),
	quiet: quiet.optional(),
});

/** Nobody is reached yet; where the bot of the first one will be is known. */
const rootOnlySchema = telegramSchema.pick({ api_root: true }).required();

const REMEDIES: Readonly<Record<string, string>> = {
	token: "Write the token that @BotFather gave you, in quotes.",
	users:
		"Write a list of numeric user ids, for example [123456789]. A name can be taken by anybody; run countersign phone to find the number.",
	chat: "Write the numeric id of the chat, or leave it out for your private chat with the bot.",
	api_root: "Write an address that begins with https://; http:// is only for this machine.",
	approve: "Write false for a phone that only denies, or leave it out.",
	quiet: 'Write hours of this machine, for example "22:00-07:00".',
};

/** The token is in every request: it leaves the machine encrypted or not at all. */
export function isSafeRoot(root: string): boolean {
	if (!URL.canParse(root)) return false;
	const { protocol, hostname } = new URL(root);
	return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}

export const isBotToken = (text: string): boolean => TOKEN.test(text);

/** Reads COUNTERSIGN_HOME/channels.yaml. It holds a secret: nobody else may read it, or it is not used. */
export async function readChannels(disk: Disk, home: Home): Promise<Channels> {
	const path = home.channels;
	try {
		const stats = await disk.lstat(path);
		if (!stats.isFile()) return bad(`${path} is not a regular file. Move it away and write it anew.`);
		if (process.platform !== "win32" && (stats.mode & 0o7777) !== 0o600) {
			return bad(`${path} holds a secret that others may read. Run: chmod 600 '${path}'`);
		}
		return parseChannels(await disk.readText(path), path);
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return { kind: "good", notes: [] };
		throw error;
	}
}

const bad = (...problems: string[]): Channels => ({ kind: "bad", problems });

export function parseChannels(text: string, path: string): Channels {
	const lines = new LineCounter();
	const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
	const lineOf = (node: unknown) => lines.linePos((node as Node | undefined)?.range?.[0] ?? 0).line || 1;
	const at = (line: number, message: string) => `${path}, line ${line}: ${message}`;
	const [broken] = document.errors;
	if (broken)
		return bad(at(broken.linePos?.[0].line ?? 1, `${broken.message.split("\n")[0]} Write YAML, each key once.`));
	if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
		return { kind: "good", notes: [] };
	}
	if (!isMap(document.contents)) return bad(at(1, "Write telegram: and below it its settings."));
	const strange = document.contents.items.filter(({ key }) => !isScalar(key) || !KEYS.includes(String(key.value)));
	if (strange.length > 0) {
		return bad(
			...strange.map(({ key }) => at(lineOf(key), `unknown key ${String(key)}. The keys are ${KEYS.join(", ")}.`)),
		);
	}
	const notes = document.has("discord") ? [`${path}: discord is not in this version; it is left alone.`] : [];
	if (!document.has("telegram")) return { kind: "good", notes };
	const telegram = document.get("telegram", true) as Node | undefined;
	if (rootOnlySchema.safeParse(telegram?.toJSON()).success) return { kind: "good", notes };
	const result = telegramSchema.safeParse(telegram?.toJSON() ?? null);
	if (result.success) return toSettings(result.data, notes, (why) => at(lineOf(telegram), why));
	return bad(
		...result.error.issues.map((issue) => {
			const name = String((issue.code === "unrecognized_keys" ? issue.keys[0] : issue.path[0]) ?? "telegram");
			const node = document.getIn(["telegram", ...(issue.path as (string | number)[])], true) ?? telegram;
			const remedy = REMEDIES[name] ?? `The keys are ${Object.keys(REMEDIES).join(", ")}.`;
			return at(lineOf(node), `telegram.${name}: ${issue.message}. ${remedy}`);
		}),
	);
}

const KEYS: readonly string[] = ["telegram", "discord"];

function toSettings(
	data: z.infer<typeof telegramSchema>,
	notes: readonly string[],
	at: (why: string) => string,
): Channels {
	const { token, users, chat, api_root: apiRoot, approve = true, quiet: hours } = data;
	const [only, ...others] = users;
	if (only === undefined || (chat === undefined && others.length > 0)) {
		return bad(at("several users share a chat: name it with chat."));
	}
	const settings = { token, users, chat: chat ?? only, apiRoot, approve, quiet: hours ? minutesOf(hours) : undefined };
	return { kind: "good", notes, telegram: settings };
}

function minutesOf(hours: string): { from: number; to: number } {
	const [from = 0, to = 0] = hours.split("-").map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
	return { from, to };
}

/** Where the Bot API is, when the file says so. */
export async function telegramRoot(disk: Disk, home: Home): Promise<string | undefined> {
	const root = (await openDocument(disk, home)).getIn(["telegram", "api_root"]);
	return typeof root === "string" && isSafeRoot(root) ? root : undefined;
}

export interface NewTelegramUser {
	readonly token: string;
	readonly user: number;
	readonly apiRoot: string | undefined;
	/** Undefined: as it stands there. */
	readonly approve?: boolean | undefined;
	/** Next to those who are on the list, in their group; else instead of them, in a private chat with the bot. */
	readonly beside?: boolean | undefined;
}

/** One more person; what else stands there stays. */
export async function writeTelegramUser(disk: Disk, home: Home, added: NewTelegramUser): Promise<void> {
	const { token, user, apiRoot, approve, beside = false } = added;
	const document = await openDocument(disk, home);
	const listed = z.array(z.int()).safeParse((document.toJS() as { telegram?: { users?: unknown } })?.telegram?.users);
	const before = beside ? (listed.data ?? []).filter((one) => one !== user) : [];
	document.setIn(["telegram", "token"], token);
	document.setIn(["telegram", "users"], [...before, user]);
	if (!beside) document.deleteIn(["telegram", "chat"]);
	if (apiRoot !== undefined) document.setIn(["telegram", "api_root"], apiRoot);
	if (approve === true) document.deleteIn(["telegram", "approve"]);
	if (approve === false) document.setIn(["telegram", "approve"], false);
	await replaceFile(disk, home.channels, document.toString(), 0o600);
}

/** Nobody is reached there any more, and the bot's token is gone from this machine. */
export async function removeTelegram(disk: Disk, home: Home): Promise<void> {
	const document = await openDocument(disk, home);
	if (!document.has("telegram")) return;
	document.delete("telegram");
	await replaceFile(disk, home.channels, document.toString(), 0o600);
}

async function openDocument(disk: Disk, home: Home): Promise<Document> {
	const document = parseDocument((await readIfThere(disk, home.channels)) ?? "");
	if (document.errors.length > 0)
		throw new Error(`${home.channels} is no YAML. Mend it or move it away, then try again.`);
	return document;
}
