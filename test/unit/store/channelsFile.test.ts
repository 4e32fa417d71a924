import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CardsFile } from "../../../src/store/cardsFile.ts";
import {
	parseChannels,
	readChannels,
	removeChannel,
	rootOf,
	writeDiscordUser,
	writeTelegramUser,
} from "../../../src/store/channelsFile.ts";
import { realDisk } from "../../../src/store/disk.ts";
import { homeAt, openHome } from "../../../src/store/home.ts";
import { TOKEN as DISCORD_TOKEN } from "../../support/discordDouble.ts";
import { TOKEN } from "../../support/telegramDouble.ts";
import { tempDir } from "../../support/tempDir.ts";

const GOOD = `telegram:\n  token: "${TOKEN}"\n  users: [777]\n`;
const ID = "123456789012345678";
const DISCORD = `discord:\n  token: "${DISCORD_TOKEN}"\n  users: ["${ID}"]\n`;
const parse = (text: string) => parseChannels(text, "channels.yaml");

describe("channels.yaml", () => {
	test("that says everything is read; without a chat it is the private one of the one user", () => {
		expect(parse(GOOD)).toMatchObject({
			kind: "good",
			telegram: { token: TOKEN, users: [777], chat: 777, approve: true },
		});
		const more = '  chat: -100\n  api_root: https://bots.example\n  approve: false\n  quiet: "22:00-07:30"\n';
		expect(parse(GOOD + more)).toMatchObject({
			telegram: { chat: -100, apiRoot: "https://bots.example", approve: false, quiet: { from: 1320, to: 450 } },
		});
		expect(parse("")).toEqual({ kind: "good" });
	});

	test("that names the API of a bot alone reaches nobody yet", async () => {
		for (const channel of ["telegram", "discord"] as const) {
			expect(parse(`${channel}:\n  api_root: https://bots.example\n`)).toEqual({ kind: "good" });
			expect(parse(`${channel}:\n  api_root: http://bots.example\n`).kind).toBe("bad");
			expect(parse(`${channel}: {}\n`).kind).toBe("bad");
			const home = homeAt(tempDir());
			expect(await rootOf(realDisk, home, channel)).toBe(undefined);
			writeFileSync(home.channels, `${channel}:\n  api_root: https://bots.example\n`, { mode: 0o600 });
			expect(await rootOf(realDisk, home, channel)).toBe("https://bots.example");
			writeFileSync(home.channels, `${channel}:\n  api_root: http://bots.example\n`);
			expect(await rootOf(realDisk, home, channel)).toBe(undefined);
		}
	});

	test("that names Discord is read; without a channel it is the private one of the one user; both channels may be there", () => {
		expect(parse(GOOD + DISCORD)).toMatchObject({
			kind: "good",
			telegram: { chat: 777 },
			discord: { token: DISCORD_TOKEN, users: [ID], place: { user: ID }, approve: true },
		});
		const more = `  channel: "${ID}"\n  api_root: https://proxy.example/api\n  approve: false\n  quiet: "22:00-07:30"\n`;
		expect(parse(DISCORD + more)).toMatchObject({
			discord: { place: { channel: ID }, apiRoot: "https://proxy.example/api", approve: false, quiet: { from: 1320 } },
		});
	});

	test.each([
		["a name instead of a number", GOOD.replace("[777]", '["@li"]'), /line 3: telegram\.users.*numeric user ids/],
		["nobody", GOOD.replace("[777]", "[]"), /line 3: telegram\.users/],
		["a token that is none", GOOD.replace(TOKEN, "secret"), /line 2: telegram\.token.*@BotFather/],
		["two users and no chat", GOOD.replace("[777]", "[777, 888]"), /several users share a chat/],
		["an address without encryption", `${GOOD}  api_root: http://bots.example\n`, /line 4: telegram\.api_root.*https/],
		["hours that are none", `${GOOD}  quiet: "25:00-07:00"\n`, /line 4: telegram\.quiet/],
		["a key that would loosen", `${GOOD}  approve_high: true\n`, /telegram\.approve_high.*The keys are/],
		["a channel that is none", `${GOOD}slack: {}\n`, /line 4: unknown key slack/],
		["a key twice", `${GOOD}  token: "${TOKEN}"\n`, /line \d: .*unique/],
		["no mapping", "- telegram\n", /line 1/],
		[
			"a Discord id without quotes, whose last digits are lost",
			DISCORD.replace(`"${ID}"`, ID),
			/line 3: discord\.users: not in quotes.*each in quotes.*last digits are lost/,
		],
		["a Discord channel without quotes", `${DISCORD}  channel: ${ID}\n`, /line 4: discord\.channel: not in quotes/],
		["a Discord name instead of a number", DISCORD.replace(ID, "li"), /line 3: discord\.users.*numeric user ids/],
		["a Discord token that is none", DISCORD.replace(DISCORD_TOKEN, TOKEN), /line 2: discord\.token.*page Bot/],
		["two Discord users and no channel", DISCORD.replace(`"${ID}"`, `"${ID}", "${ID}"`), /share a channel/],
		["a key that Discord has not", `${DISCORD}  chat: 1\n`, /discord\.chat.*The keys are token, users, channel/],
		["one channel that is good and one that is not", `${GOOD}discord: { token: x }\n`, /line 4: discord\.token/],
	])("with %s is refused, with its line and what to write", (_, text, why) => {
		const read = parse(text);
		expect(read.kind).toBe("bad");
		expect(read.kind === "bad" && read.problems.join("\n")).toMatch(why);
		for (const token of [TOKEN, DISCORD_TOKEN]) expect(JSON.stringify(read)).not.toContain(token);
	});

	test.each([0o644, 0o640, 0o400, 0o700])("with the mode %o is not used: it holds a secret", async (mode) => {
		const home = homeAt(tempDir());
		writeFileSync(home.channels, GOOD);
		chmodSync(home.channels, mode);
		expect(await readChannels(realDisk, home)).toMatchObject({
			kind: "bad",
			problems: [expect.stringMatching(/chmod 600/)],
		});
		chmodSync(home.channels, 0o600);
		expect(await readChannels(realDisk, home)).toMatchObject({ kind: "good" });
	});

	test("that is a link is not used", async () => {
		const home = homeAt(tempDir());
		const other = join(tempDir(), "other.yaml");
		writeFileSync(other, GOOD, { mode: 0o600 });
		symlinkSync(other, home.channels);
		expect(await readChannels(realDisk, home)).toMatchObject({
			kind: "bad",
			problems: [expect.stringMatching(/regular file/)],
		});
	});

	test("keeps what a person wrote when another phone is connected", async () => {
		const home = homeAt(tempDir());
		writeFileSync(home.channels, `# mine\n${GOOD}  chat: -100\n  approve: false\n`, { mode: 0o644 });
		await writeTelegramUser(realDisk, home, { token: TOKEN, user: 999, apiRoot: undefined });
		expect(statSync(home.channels).mode & 0o777).toBe(0o600);
		expect(readFileSync(home.channels, "utf8")).toContain("# mine");
		expect(await readChannels(realDisk, home)).toMatchObject({ telegram: { users: [999], chat: 999, approve: false } });

		await writeTelegramUser(realDisk, home, { token: TOKEN, user: 999, apiRoot: undefined, approve: true });
		expect(await readChannels(realDisk, home)).toMatchObject({ telegram: { approve: true } });
		await writeTelegramUser(realDisk, home, { token: TOKEN, user: 999, apiRoot: undefined, approve: false });
		expect(await readChannels(realDisk, home)).toMatchObject({ telegram: { approve: false } });
		await writeDiscordUser(realDisk, home, { token: DISCORD_TOKEN, user: ID, apiRoot: undefined });
		expect(await readChannels(realDisk, home)).toMatchObject({
			telegram: { users: [999] },
			discord: { token: DISCORD_TOKEN, users: [ID], place: { user: ID } },
		});
	});

	test("has room for one more person in a group, once", async () => {
		const home = homeAt(tempDir());
		writeFileSync(home.channels, `${GOOD}  chat: -100\n`, { mode: 0o600 });
		const beside = { token: TOKEN, user: 999, apiRoot: undefined, beside: true };
		await writeTelegramUser(realDisk, home, beside);
		await writeTelegramUser(realDisk, home, beside);
		expect(await readChannels(realDisk, home)).toMatchObject({ telegram: { users: [777, 999], chat: -100 } });
	});

	test("keeps nothing of a phone that is removed, and all the rest", async () => {
		const home = homeAt(tempDir());
		await removeChannel(realDisk, home, "telegram");
		expect(existsSync(home.channels)).toBe(false);
		writeFileSync(home.channels, `# mine\ndiscord: { token: x }\n${GOOD}`, { mode: 0o600 });
		await removeChannel(realDisk, home, "telegram");
		expect(readFileSync(home.channels, "utf8")).toBe("# mine\ndiscord: { token: x }\n");
		expect(statSync(home.channels).mode & 0o777).toBe(0o600);
	});
});

test("where cards stand is read as it was written; what is damaged is forgotten", async () => {
	const home = homeAt(join(tempDir(), "home"));
	await openHome(realDisk, home);
	const first = await CardsFile.open(realDisk, home, "0".repeat(16));
	await first.begin("a");
	await first.begin("b");
	await Promise.all([
		first.keep({ cards: { a: { chat: "1", message: "2" } }, latest: 2 }),
		first.keep({ updates: [7] }),
	]);
	const second = await CardsFile.open(realDisk, home, "0".repeat(16));
	expect(second.cards).toEqual({ a: { chat: "1", message: "2" } });
	expect([second.updates, second.latest, second.sentAfter("a"), second.sentAfter("b")]).toEqual([[7], 2, undefined, 0]);
	writeFileSync(join(home.away, `${"0".repeat(16)}.cards.json`), "{");
	expect((await CardsFile.open(realDisk, home, "0".repeat(16))).cards).toEqual({});
});
