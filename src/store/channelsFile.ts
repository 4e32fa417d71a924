import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import * as z from "zod";
import { errnoOf } from "../base/errors.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import { COMMON, isSafeRoot } from "./channels/common.ts";
import { type DiscordSettings, discordKeys } from "./channels/discordKeys.ts";
import { type TelegramSettings, telegramKeys } from "./channels/telegramKeys.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";

export type Channels =
	| {
			readonly kind: "good";
			readonly telegram?: TelegramSettings | undefined;
			readonly discord?: DiscordSettings | undefined;
	  }
	/** Nobody is reached; why, and what to do, a sentence each. */
	| { readonly kind: "bad"; readonly problems: readonly string[] };

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
		if (errnoOf(error) === "ENOENT") return { kind: "good" };
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
		return { kind: "good" };
	}
	if (!isMap(document.contents)) return bad(at(1, "Write telegram: or discord: and below it its settings."));
	const strange = document.contents.items.filter(({ key }) => !isScalar(key) || !KEYS.includes(String(key.value)));
	if (strange.length > 0) {
		return bad(
			...strange.map(({ key }) => at(lineOf(key), `unknown key ${String(key)}. The keys are ${KEYS.join(", ")}.`)),
		);
	}
	const problems: string[] = [];
	const report = (node: unknown, why: string) => problems.push(at(lineOf(node), why));
	const telegram = readOne("telegram", telegramKeys, document, report);
	const discord = readOne("discord", discordKeys, document, report);
	return problems.length > 0 ? bad(...problems) : { kind: "good", telegram, discord };
}

export type ChannelName = "telegram" | "discord";
const KEYS: readonly string[] = ["telegram", "discord"] satisfies ChannelName[];

/** Nobody is reached yet; where the bot of the first one will be is known. */
const rootOnly = z.strictObject({ api_root: COMMON.api_root.unwrap() });

interface Keys<Written, Settings> {
	readonly schema: z.ZodType<Written>;
	/** What to write instead, by the name of the key. */
	readonly remedies: Readonly<Record<string, string>>;
	/** A sentence: what is missing. */
	settings(written: Written): Settings | string;
}

/** One channel of the file; undefined when it is not there, or is wrong, which is reported. */
function readOne<Written, Settings>(
	name: string,
	{ schema, remedies, settings }: Keys<Written, Settings>,
	document: Document,
	report: (node: unknown, why: string) => void,
): Settings | undefined {
	if (!document.has(name)) return undefined;
	const written = document.get(name, true) as Node | undefined;
	if (rootOnly.safeParse(written?.toJSON()).success) return undefined;
	const result = schema.safeParse(written?.toJSON() ?? null);
	if (result.success) {
		const read = settings(result.data);
		if (typeof read !== "string") return read;
		report(written, read);
		return undefined;
	}
	for (const issue of result.error.issues) {
		const key = String((issue.code === "unrecognized_keys" ? issue.keys[0] : issue.path[0]) ?? name);
		const node = document.getIn([name, ...(issue.path as (string | number)[])], true) ?? written;
		const remedy = remedies[key] ?? `The keys are ${Object.keys(remedies).join(", ")}.`;
		report(node, `${name}.${key}: ${issue.message}. ${remedy}`);
	}
	return undefined;
}

export interface NewUser<Id> {
	readonly token: string;
	readonly user: Id;
	readonly apiRoot: string | undefined;
	/** Undefined: as it stands there. */
	readonly approve?: boolean | undefined;
	/** Next to those who are on the list, in the place that they share; else instead of them, in private with the bot. */
	readonly beside?: boolean | undefined;
}

/** Where the API of a channel is, when the file says so. */
export async function rootOf(disk: Disk, home: Home, channel: ChannelName): Promise<string | undefined> {
	const root = (await openDocument(disk, home)).getIn([channel, "api_root"]);
	return typeof root === "string" && isSafeRoot(root) ? root : undefined;
}

/** One more person; what else stands there stays. */
export const writeTelegramUser = (disk: Disk, home: Home, added: NewUser<number>): Promise<void> =>
	writeUser(disk, home, ["telegram", "chat"], added);

export const writeDiscordUser = (disk: Disk, home: Home, added: NewUser<string>): Promise<void> =>
	writeUser(disk, home, ["discord", "channel"], added);

async function writeUser(
	disk: Disk,
	home: Home,
	[name, place]: readonly [ChannelName, string],
	{ token, user, apiRoot, approve, beside = false }: NewUser<number | string>,
): Promise<void> {
	const document = await openDocument(disk, home);
	const listed = z
		.array(z.unknown())
		.safeParse((document.toJS() as { [key: string]: { users?: unknown } })?.[name]?.users);
	const before = beside ? (listed.data ?? []).filter((one) => one !== user) : [];
	document.setIn([name, "token"], token);
	document.setIn([name, "users"], [...before, user]);
	if (!beside) document.deleteIn([name, place]);
	if (apiRoot !== undefined) document.setIn([name, "api_root"], apiRoot);
	if (approve === true) document.deleteIn([name, "approve"]);
	if (approve === false) document.setIn([name, "approve"], false);
	await replaceFile(disk, home.channels, document.toString(), 0o600);
}

/** Nobody is reached there any more, and the bot's token is gone from this machine. */
export async function removeChannel(disk: Disk, home: Home, channel: ChannelName): Promise<void> {
	const document = await openDocument(disk, home);
	if (!document.has(channel)) return;
	document.delete(channel);
	await replaceFile(disk, home.channels, document.toString(), 0o600);
}

async function openDocument(disk: Disk, home: Home): Promise<Document> {
	const document = parseDocument((await readIfThere(disk, home.channels)) ?? "");
	if (document.errors.length > 0)
		throw new Error(`${home.channels} is no YAML. Mend it or move it away, then try again.`);
	return document;
}
