import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone, setChannels } from "../../support/phone.ts";
import { OWNER, TelegramDouble } from "../../support/telegramDouble.ts";

/** T50: the channel is down and says so, the queue does not notice, and nothing stands twice afterwards. */
let telegram: TelegramDouble;
let place: Place;
let phone: Awaited<ReturnType<typeof openPhone>>;
beforeEach(async () => {
	telegram = await TelegramDouble.start();
	place = makePlace({ "a.txt": "old\n" });
	phone = await openPhone(place, telegram);
	await telegram.until(() => telegram.called("getUpdates").length > 0);
});
afterEach(async () => {
	await phone.close();
	await telegram.close();
});

const alice = { by: "alice", via: "terminal" as const };
const write = (path: string) => asked(phone.gate, { tool: "file_write", path, content: "new\n" });
const told = (pattern: RegExp) => telegram.until(() => phone.warnings.some((warning) => pattern.test(warning)));
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

describe("T50", () => {
	test("no network: told once, the desk decides on, and the cards come once when it is back", async () => {
		telegram.cut();
		const a = await write("a.txt");
		const b = await write("b.txt");
		await told(/telegram: Telegram cannot be reached/);
		expect(await phone.gate.decide(a.id, { kind: "approve", revision: 1 }, alice)).toMatchObject({ kind: "done" });
		await pause(2500);
		expect(phone.warnings.filter((warning) => /cannot be reached/.test(warning))).toHaveLength(1);
		telegram.mend();
		const card = await telegram.card(/b\.txt/);
		await told(/works again/);
		await pause(1500);
		expect(telegram.messages).toHaveLength(1);
		expect(await telegram.press(card, "Approve")).toBe("Approved.");
		expect(await phone.gate.verdict(b.id)).toMatchObject({ outcome: "executed" });
	});

	test("a message that arrived, and whose answer was lost, is not sent again", async () => {
		const tracked = telegram.called("sendMessage").length;
		expect(tracked).toBe(0);
		telegram.after = ({ method }) => {
			if (method !== "sendMessage") return;
			telegram.after = () => undefined;
			telegram.cut();
			setTimeout(() => telegram.mend(), 300);
		};
		const { id } = await write("a.txt");
		await telegram.until(() => telegram.called("editMessageText").length > 0);
		await pause(1500);
		expect(telegram.messages).toHaveLength(1);
		expect(await telegram.press(await telegram.card(/a\.txt/), "Approve")).toBe("Approved.");
		expect(await phone.gate.verdict(id)).toMatchObject({ outcome: "executed" });
	});

	test("429: nothing is sent before the time that was asked for, and then it is sent once", async () => {
		telegram.fail(429, { method: "sendMessage", retry_after: 2 });
		const from = Date.now();
		await write("a.txt");
		await telegram.card(/a\.txt/);
		expect(Date.now() - from).toBeGreaterThan(1900);
		expect(telegram.called("sendMessage")).toHaveLength(2);
		expect(telegram.messages).toHaveLength(1);
	});

	test.each([
		[409, /Somebody else uses this bot's token/],
		[401, /does not know the bot's token/],
	])("%i: the channel closes and says why; the gate works on, and a new file opens it again", async (code, why) => {
		telegram.fail(code, { method: "getUpdates", times: 1 });
		telegram.push({ poll: {} });
		await told(why);
		const { id } = await write("a.txt");
		await pause(1500);
		expect(telegram.called("sendMessage")).toEqual([]);
		const calls = telegram.calls.length;
		await pause(1500);
		expect(telegram.calls).toHaveLength(calls);
		expect(await phone.gate.decide(id, { kind: "deny", reason: "" }, alice)).toMatchObject({ kind: "done" });
		setChannels(place, `${telegram.settings()}  approve: false\n`);
		await write("b.txt");
		expect((await telegram.card(/b\.txt/)).buttons.map(({ text }) => text)).toEqual(["Deny", "Later"]);
	});

	test("a card that a person deleted comes again as one", async () => {
		const { id } = await write("a.txt");
		const card = await telegram.card(/a\.txt/);
		telegram.messages.splice(telegram.messages.indexOf(card), 1);
		writeFileSync(join(place.workspace, "a.txt"), "moved on\n");
		await phone.gate.decide(id, { kind: "approve", revision: 1 }, alice);
		const again = await telegram.card(/revision 2/);
		expect(telegram.messages).toHaveLength(1);
		expect(await telegram.press(again, "Deny")).toMatch(/^Why\?/);
	});

	test("whoever is taken off the list is refused at once; a file that others may read closes the channel", async () => {
		const { id } = await write("a.txt");
		const card = await telegram.card(/a\.txt/);
		setChannels(place, telegram.settings(`  chat: ${OWNER}\n`, "[888]"));
		expect(await telegram.press(card, "Approve")).toBe("You may not decide this.");
		expect(phone.gate.state(id).status).toBe("waiting");
		writeFileSync(join(place.home, "channels.yaml"), telegram.settings());
		chmodSync(join(place.home, "channels.yaml"), 0o644);
		await told(/others may read\. Run: chmod 600/);
		const sent = telegram.called("sendMessage").length;
		await write("b.txt");
		await pause(1200);
		expect(telegram.called("sendMessage")).toHaveLength(sent);
	});
});

test("more than five wait: five cards and one sentence, and the next ones come as these are decided", async () => {
	const requests = [];
	for (let at = 0; at < 8; at++) requests.push(await write(`f${at}.txt`));
	await telegram.until(() => telegram.messages.some(({ text }) => /3 more requests wait/.test(text)));
	expect(telegram.messages.filter(({ buttons }) => buttons.length > 0)).toHaveLength(5);
	await telegram.press(await telegram.card(/f0\.txt/), "Approve");
	await telegram.card(/f5\.txt/);
	expect(telegram.messages.filter(({ text }) => /more request/.test(text))).toHaveLength(1);
});

test("later is later: nothing is decided, and other buttons stand there", async () => {
	const { id } = await write("a.txt");
	const card = await telegram.card(/a\.txt/);
	const data = card.buttons[0]?.callback_data;
	expect(await telegram.press(card, "Later")).toMatch(/Nothing is decided.*in an hour/);
	await telegram.until(() => card.buttons[0]?.callback_data !== data);
	expect(phone.gate.state(id).status).toBe("waiting");
	expect(await telegram.press(card, "Approve")).toBe("Approved.");
});
