import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone, setChannels } from "../../support/phone.ts";
import { TelegramDouble } from "../../support/telegramDouble.ts";

/** Who is told when, with a real gate, its policy, and a phone. */
let telegram: TelegramDouble;
let phone: Awaited<ReturnType<typeof openPhone>> | undefined;
beforeEach(async () => {
	telegram = await TelegramDouble.start();
});
afterEach(async () => {
	await phone?.close();
	await telegram.close();
});

const alice = { by: "alice", via: "terminal" as const };
const write = (path: string) => {
	if (!phone) throw new Error("no gate");
	return asked(phone.gate, { tool: "file_write", path, content: "new\n" });
};
const sentAt = () => telegram.called("sendMessage").length;

/** @param policy lines of policy.yaml, or a place where another gate was before */
async function open(policy: string | Place, attended: boolean): Promise<Place> {
	const place = typeof policy === "string" ? makePlace({}, policy) : policy;
	phone = await openPhone(place, telegram, telegram.settings(), attended);
	const polls = telegram.called("getUpdates").length;
	await telegram.until(() => telegram.called("getUpdates").length > polls);
	return place;
}

/** The hours around now, or none of them. */
function hours(from: number, to: number): string {
	const at = (offset: number) => new Date(Date.now() + offset * 60_000).toTimeString().slice(0, 5);
	return `  quiet: "${at(from)}-${at(to)}"\n`;
}

test("somebody at the desk: the desk has the first step of the ladder to itself, then the phone rings", async () => {
	await open("remind_after: [3s, 1h]\n", true);
	const from = Date.now();
	await write("a.txt");
	await telegram.card(/a\.txt/);
	expect(Date.now() - from).toBeGreaterThanOrEqual(3000);
});

test("what is decided at the desk within the first step never rings", async () => {
	await open("remind_after: [4s]\n", true);
	const { id } = await write("a.txt");
	await phone?.gate.decide(id, { kind: "approve", revision: 1 }, alice);
	await pause(5000);
	expect(sentAt()).toBe(0);
});

test("an editor that is closed rings at once, whatever the ladder says", async () => {
	const place = await open("remind_after: [1h]\n", true);
	const { requestedAt } = await write("b.txt");
	await phone?.close();
	await open(place, false);
	await telegram.card(/b\.txt/);
	expect(Date.now() - requestedAt).toBeLessThan(4000);
	expect(sentAt()).toBe(1);
});

test("a policy that names no telegram among its channels sends nothing there, one that does sends at once", async () => {
	await open("channels: [editor]\n", false);
	await write("a.txt");
	await pause(2500);
	expect(sentAt()).toBe(0);
	await phone?.close();
	await open("channels: [editor, telegram]\n", false);
	await write("b.txt");
	await telegram.card(/b\.txt/);
});

test("in quiet hours nothing new is sent, what stands there can be decided, and after them what waits comes", async () => {
	const place = await open("", false);
	const first = await write("a.txt");
	const card = await telegram.card(/a\.txt/);
	setChannels(place, telegram.settings(hours(-60, 60)));
	await pause(1500);
	await write("b.txt");
	await pause(2500);
	expect(sentAt()).toBe(1);
	expect(await telegram.press(card, "Approve")).toBe("Approved.");
	expect(await phone?.gate.verdict(first.id)).toMatchObject({ outcome: "executed" });
	await telegram.until(() => /approved by zhaocaiwen/.test(card.text));
	setChannels(place, telegram.settings(hours(60, 120)));
	await telegram.card(/b\.txt/);
});

test("many at once: five cards, then no more than one message a second, and the number of the rest is not lost by that", async () => {
	await open("", false);
	const times: number[] = [];
	telegram.after = ({ method }) => {
		if (method === "sendMessage") times.push(Date.now());
	};
	for (let at = 0; at < 8; at++) await write(`f${at}.txt`);
	const digest = await telegram.until(() => telegram.messages.find(({ text }) => /more requests? wait/.test(text)));
	expect(digest.text).toMatch(/^[^/]+\/workspace: 3 more requests wait\./);
	expect(times).toHaveLength(6);
	expect((times[5] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(4500);
});
