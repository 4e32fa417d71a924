import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import type { DiscordDouble } from "../../support/discordDouble.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone, setChannels } from "../../support/phone.ts";
import { PHONES, type Phone, type PhoneDouble } from "../../support/phones.ts";
import type { TelegramDouble } from "../../support/telegramDouble.ts";

const alice = { by: "alice", via: "terminal" as const };

/** What ends a channel until a person does something about it, and what the desk is told. */
const ENDS: Readonly<Record<Phone["name"], readonly [string, (double: PhoneDouble) => void, RegExp][]>> = {
	telegram: ([409, 401] as const).map((code) => [
		String(code),
		(double) => {
			double.fail(code, { method: "getUpdates" });
			(double as unknown as TelegramDouble).push({ poll: {} });
		},
		code === 409 ? /Somebody else uses this bot's token/ : /does not know the bot's token/,
	]),
	discord: [
		["4004", (double) => gatewayOf(double).hangUp(4004), /does not know the bot's token/],
		["4014", (double) => gatewayOf(double).hangUp(4014), /refuses what the bot asks to hear/],
	],
};
const gatewayOf = (double: PhoneDouble) => (double as unknown as DiscordDouble).gateway;

/** T50: the channel is down and says so, the queue does not notice, and nothing stands twice afterwards. */
describe.each(PHONES.map((kind) => [kind.name, kind] as const))("T50, %s", (name, kind) => {
	const { calls } = kind;
	let double: PhoneDouble;
	let place: Place;
	let phone: Awaited<ReturnType<typeof openPhone>>;
	beforeEach(async () => {
		double = await kind.start();
		place = makePlace({ "a.txt": "old\n" });
		phone = await openPhone(place, double);
		await kind.listening(double);
	});
	afterEach(async () => {
		await phone.close();
		await double.close();
	});

	const write = (path: string) => asked(phone.gate, { tool: "file_write", path, content: "new\n" });
	const told = (pattern: RegExp) => double.until(() => phone.warnings.some((warning) => pattern.test(warning)));

	test("no network for a minute: told once, the desk decides on, and the cards come once when it is back", async () => {
		double.cut();
		const a = await write("a.txt");
		const b = await write("b.txt");
		await told(/cannot be reached/);
		expect(await phone.gate.decide(a.id, { kind: "approve", revision: 1 }, alice)).toMatchObject({ kind: "done" });
		await pause(60_000);
		expect(phone.warnings.filter((warning) => /cannot be reached/.test(warning))).toHaveLength(1);
		double.mend();
		const card = await double.card(/b\.txt/);
		await told(/works again/);
		await pause(1500);
		expect(double.messages).toHaveLength(1);
		await kind.listening(double);
		expect(await double.press(card, "Approve")).toBe("Approved.");
		expect(await phone.gate.verdict(b.id)).toMatchObject({ outcome: "executed" });
	}, 120_000);

	test("a message that arrived, and whose answer was lost, is not sent again", async () => {
		double.after = ({ method }) => {
			if (method !== calls.send) return;
			double.after = () => undefined;
			double.cut();
			setTimeout(() => double.mend(), 300);
		};
		const { id } = await write("a.txt");
		await double.until(() => double.called(calls.edit).length > 0);
		await pause(1500);
		expect(double.messages).toHaveLength(1);
		await kind.listening(double);
		expect(await double.press(await double.card(/a\.txt/), "Approve")).toBe("Approved.");
		expect(await phone.gate.verdict(id)).toMatchObject({ outcome: "executed" });
	});

	test("429: nothing is sent before the time that was asked for, and then it is sent once", async () => {
		double.fail(429, { method: calls.send, retry_after: 2 });
		const from = Date.now();
		await write("a.txt");
		await double.card(/a\.txt/);
		expect(Date.now() - from).toBeGreaterThan(1900);
		expect(double.called(calls.send)).toHaveLength(2);
		expect(double.messages).toHaveLength(1);
	});

	test.each(ENDS[name])(
		"%s: the channel closes and says why; the gate works on, and a new file opens it again",
		async (_, end, why) => {
			end(double);
			await told(why);
			const { id } = await write("a.txt");
			await pause(1500);
			expect(double.called(calls.send)).toEqual([]);
			const count = double.calls.length;
			await pause(1500);
			expect(double.calls).toHaveLength(count);
			expect(await phone.gate.decide(id, { kind: "deny", reason: "" }, alice)).toMatchObject({ kind: "done" });
			setChannels(place, `${double.settings()}  approve: false\n`);
			await write("b.txt");
			expect((await double.card(/b\.txt/)).buttons.map(({ text }) => text)).toEqual(["Deny", "Later"]);
		},
	);

	test("a card that a person deleted comes again as one", async () => {
		const { id } = await write("a.txt");
		const card = await double.card(/a\.txt/);
		double.messages.splice(double.messages.indexOf(card), 1);
		writeFileSync(join(place.workspace, "a.txt"), "moved on\n");
		await phone.gate.decide(id, { kind: "approve", revision: 1 }, alice);
		const again = await double.card(/revision 2/);
		expect(double.messages).toHaveLength(1);
		expect(await double.press(again, "Deny")).toMatch(/^Why\?/);
	});

	test("whoever is taken off the list is refused at once; a file that others may read closes the channel", async () => {
		setChannels(place, kind.withOwner(double));
		const { id } = await write("a.txt");
		await double.card(/a\.txt/);
		await kind.listening(double);
		setChannels(place, kind.withoutOwner(double));
		expect(await double.press(await double.card(/a\.txt/), "Approve")).toBe("You may not decide this.");
		expect(phone.gate.state(id).status).toBe("waiting");
		writeFileSync(join(place.home, "channels.yaml"), double.settings());
		chmodSync(join(place.home, "channels.yaml"), 0o644);
		await told(/others may read\. Run: chmod 600/);
		const sent = double.called(calls.send).length;
		await write("b.txt");
		await pause(1200);
		expect(double.called(calls.send)).toHaveLength(sent);
	});
});
