import { chmodSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { realDisk } from "../../../src/store/disk.ts";
import { type Home, homeAt, openHome } from "../../../src/store/home.ts";
import { inTurn } from "../../../src/store/inTurn.ts";
import { FolderLock, tryLock } from "../../../src/store/lock.ts";
import { SentBook, type SentPage } from "../../../src/store/sentBook.ts";
import { SharedBot } from "../../../src/store/sharedBot.ts";
import { tempDir } from "../../support/tempDir.ts";

const [A, B] = ["a".repeat(16), "b".repeat(16)];
const TOKEN = "1:x";

async function openBot(): Promise<{ home: Home; bot: SharedBot; inbox: (name: string) => string }> {
	const home = homeAt(join(tempDir("shared-"), "home"));
	await openHome(realDisk, home);
	const bot = await SharedBot.open(realDisk, home, TOKEN);
	return { home, bot, inbox: (name) => bot.pathOf(join(A, name)) };
}

describe("what one gate heard for another", () => {
	test("is readable by nobody else, in the order in which it came, once, until it is dropped", async () => {
		const { bot, inbox } = await openBot();
		for (const id of [10, 9, 10]) await bot.pass(A, id, { update_id: id });
		expect(await bot.waiting(A)).toEqual([9, 10]);
		expect(await bot.waiting(B)).toEqual([]);
		expect(lstatSync(inbox("")).mode & 0o777).toBe(0o700);
		expect(lstatSync(inbox("9.json")).mode & 0o777).toBe(0o600);
		expect(await bot.take(A, 9)).toEqual({ update_id: 9 });
		// Heard once more while its gate is at it.
		await bot.pass(A, 9, { update_id: 9 });
		expect(await bot.waiting(A)).toEqual([9, 10]);
		await bot.drop(A, 9);
		expect(await bot.waiting(A)).toEqual([10]);
		expect(await bot.old(A, 10, 60_000)).toBeUndefined();
		expect(await bot.old(A, 10, 0)).toEqual({ update: { update_id: 10 }, wasTaken: false });
		await bot.take(A, 10);
		expect(await bot.old(A, 10, 0)).toMatchObject({ wasTaken: true });
	});

	test.each([
		["a link", (path: string, elsewhere: string) => symlinkSync(elsewhere, path)],
		["no JSON", (path: string) => writeFileSync(path, "{")],
		["the same key twice", (path: string) => writeFileSync(path, '{"update_id":1,"update_id":2}')],
		["no text", (path: string) => writeFileSync(path, Buffer.from([0x22, 0xff, 0x22]))],
		["too large", (path: string) => writeFileSync(path, JSON.stringify("x".repeat(300_000)))],
		["a folder", (path: string) => mkdirSync(path)],
	])("is not read when it is %s", async (_, plant) => {
		const { bot, home, inbox } = await openBot();
		await bot.pass(A, 1, {});
		await bot.drop(A, 1);
		const elsewhere = join(home.root, "elsewhere.json");
		writeFileSync(elsewhere, '{"update_id":7}');
		plant(inbox("7.json"), elsewhere);
		expect(await bot.take(A, 7)).toBeUndefined();
	});

	test("is not laid into a folder that is open to others or is a link, nor anywhere else", async () => {
		const { bot, home, inbox } = await openBot();
		await bot.pass(A, 1, {});
		chmodSync(inbox(""), 0o755);
		await expect(bot.pass(A, 2, {})).rejects.toThrow(/Others may open/);
		symlinkSync(home.keys, bot.pathOf(B));
		await expect(bot.pass(B, 1, {})).rejects.toThrow(/not a folder of its own/);
		await expect(bot.pass("../keys", 1, {})).rejects.toThrow(/not the name of a gate/);
		expect(readdirSync(home.keys)).toEqual([]);
		chmodSync(bot.pathOf(""), 0o777);
		await expect(SharedBot.open(realDisk, home, TOKEN)).rejects.toThrow(/Others may open/);
	});

	test("leaves nothing behind: what a killed process wrote by half, and what a dead gate had", async () => {
		const { bot, inbox } = await openBot();
		await bot.pass(A, 1, {});
		await bot.setAsking(A, [{ chat: "1", message: "2" }]);
		expect(await bot.asking(A)).toEqual([{ chat: "1", message: "2" }]);
		writeFileSync(inbox("2.json.0123456789ab.tmp"), "{");
		await bot.clear();
		expect(readdirSync(inbox("")).sort()).toEqual(["1.json", "asking.json"]);
		await bot.drop(A, 1);
		await bot.forget(A);
		expect(await bot.gates()).toEqual([]);
		expect(await bot.asking(A)).toEqual([]);
	});
});

test("whoever was asked for patience asks it of all, and a clock that was set back does not silence them", async () => {
	const { bot, home } = await openBot();
	await bot.bePatient(5000);
	await bot.bePatient(10);
	const other = await SharedBot.open(realDisk, home, TOKEN);
	expect(await other.patience()).toBeGreaterThan(4000);
	const later = Date.now() + 3_600_000;
	writeFileSync(bot.pathOf("patience.json"), JSON.stringify({ at: later, until: later + 5000 }));
	expect(await other.patience()).toBe(0);
});

describe("in turn", () => {
	test("nobody works while another one does, in the same process neither, and a dead one's turn is over", async () => {
		const { home } = await openBot();
		const dead = { pid: 999_999_999, startTime: "1", machine: "", owner: "serve", instance: "x" };
		const mine = await FolderLock.acquire(realDisk, home.run, "other", "serve");
		const [name] = readdirSync(home.run).filter((one) => one.startsWith("other.lock."));
		const { machine } = JSON.parse(await realDisk.readText(join(home.run, name ?? "")));
		await mine.release();
		writeFileSync(join(home.run, "x.send.lock.1"), JSON.stringify({ ...dead, machine }));
		let [working, most, done] = [0, 0, 0];
		const signal = new AbortController().signal;
		const work = async () => {
			most = Math.max(most, ++working);
			await new Promise((turn) => setTimeout(turn, 1));
			working--;
			done++;
		};
		const all = [1, 2, 3, 4].map(() => inTurn(realDisk, home.run, "x.send", "serve", signal));
		await Promise.all(all.flatMap((alone) => [1, 2, 3].map(() => alone(work))));
		expect([most, done]).toEqual([1, 12]);
	}, 60_000);

	test("of several that try at once in one process, one has the lock", async () => {
		const { home } = await openBot();
		for (let round = 0; round < 20; round++) {
			const all = await Promise.all([1, 2, 3, 4].map(() => tryLock(realDisk, home.run, "y", "serve")));
			const held = all.flatMap((lock) => lock ?? []);
			expect(held).toHaveLength(1);
			expect(await FolderLock.isTaken(realDisk, home.run, "y")).toBe(true);
			await held[0]?.release();
			expect(await FolderLock.isTaken(realDisk, home.run, "y")).toBe(false);
		}
	}, 60_000);
});

describe("a card of which nobody knows whether it arrived", () => {
	const bookOf = (bot: SharedBot, gate: string) =>
		new SentBook(realDisk, bot.pathOf("sent.json"), gate, (work) => work());
	const on = <T>(book: SentBook, work: (page: SentPage) => Promise<T>) => book.exclusively(work);

	test("is looked for right behind what was known, never in a message that is known, and not where two were lost", async () => {
		const { bot } = await openBot();
		const [a, b] = [bookOf(bot, A), bookOf(bot, B)];
		await on(a, (page) => page.put(50, "r0", 1));
		await on(a, (page) => page.begin("r1"));
		expect(await on(a, async (page) => page.lostIn("r1", 3))).toEqual([51, 52, 53]);
		expect(await on(b, async (page) => page.lostIn("r1", 3))).toEqual([]);
		await on(b, (page) => page.begin("s1"));
		expect(await on(a, async (page) => page.lostIn("r1", 3))).toEqual([]);
		await on(b, (page) => page.put(52, "s1", 1));
		expect(await on(a, async (page) => page.lostIn("r1", 3))).toEqual([51]);
		expect([await a.ownerOf(52), await a.ownerOf(51), await a.isOurs(52), await b.isOurs(52)]).toEqual([
			B,
			undefined,
			false,
			true,
		]);
		await on(a, (page) => page.failed("r1"));
		expect(await on(a, async (page) => page.lostIn("r1", 3))).toEqual([]);
		expect(await on(a, async (page) => page.cardOf("r0"))).toBe(50);
		expect(await on(b, async (page) => page.cardOf("r0"))).toBeUndefined();
	});
});
