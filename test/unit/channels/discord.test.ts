import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import { CHANNEL, DiscordDouble, OWNER, type Shown, TOKEN } from "../../support/discordDouble.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone } from "../../support/phone.ts";

/** What only Discord has; the rest is in `phones.test.ts`. */
let discord: DiscordDouble;
let place: Place;
let phone: Awaited<ReturnType<typeof openPhone>>;
beforeEach(async () => {
	discord = await DiscordDouble.start();
	place = makePlace({ "a.txt": "old\n" });
	phone = await openPhone(place, discord);
	await discord.listening();
});
afterEach(async () => {
	await phone.close();
	await discord.close();
});

const STRANGER = "700000000000000999";
const alice = { by: "alice", via: "editor" as const };
const write = (content = "new\n") => asked(phone.gate, { tool: "file_write", path: "a.txt", content });
const DENIED = "Denied; the agent is told why.";

/** A card that asks why. */
async function asking(): Promise<{ id: string; card: Shown }> {
	const { id } = await write();
	const card = await discord.card(/a\.txt/);
	await discord.press(card, "Deny");
	await discord.until(() => card.buttons.length === 8);
	return { id, card };
}

test("the bot asks to hear of nothing but what is done with its own messages, and only who pressed reads the answer", async () => {
	await write();
	await discord.press(await discord.card(/a\.txt/), "Approve");
	expect(discord.gateway.identified).toEqual([{ intents: 0, token: TOKEN }]);
	expect(discord.called("callback").map(({ body }) => body)).toEqual([{ type: 5, data: { flags: 64 } }]);
	expect(discord.called("create")[0]?.body).toMatchObject({
		enforce_nonce: true,
		nonce: expect.stringMatching(/^.{25}$/),
	});
});

test("a press is taken up before anything is decided; where Discord does not hear of that, nothing is", async () => {
	const { id } = await write();
	const card = await discord.card(/a\.txt/);
	discord.fail(500, { method: "callback" });
	expect(await discord.press(card, "Approve")).toBe("This interaction failed");
	expect(phone.gate.state(id).status).toBe("waiting");
	expect(await discord.press(card, "Approve")).toBe("Approved.");
});

test("a card comes when its buttons are heard, so that its first press counts", async () => {
	await phone.close();
	const release = discord.gateway.hold();
	phone = await openPhone(place, discord);
	await write();
	await pause(1000);
	expect(discord.messages).toEqual([]);
	release();
	expect(await discord.press(await discord.card(/a\.txt/), "Approve")).toBe("Approved.");
});

test("where nothing that is pressed is ever heard, a card still tells that something waits", async () => {
	await phone.close();
	discord.gateway.hold();
	phone = await openPhone(place, discord);
	await write();
	await discord.card(/a\.txt/);
});

describe("a reason in words of one's own", () => {
	test("is asked for by a form that decides nothing, and denies when it is sent", async () => {
		const { id, card } = await asking();
		const pressed = discord.called("callback").length;
		expect(await discord.write(card, "  production config\n")).toBe(DENIED);
		const [form] = discord.called("callback").slice(pressed);
		expect(form?.body).toMatchObject({ type: 9, data: { title: "Deny" } });
		expect(await phone.gate.verdict(id)).toMatchObject({
			status: "denied",
			decision: { reason: "production config", by: "zhaocaiwen", via: "discord" },
		});
	});

	test("can be given up: the form is closed, and the same buttons are still good", async () => {
		const { id, card } = await asking();
		const custom_id = card.buttons.find(({ text }) => text === "Write a reason…")?.custom_id ?? "";
		await discord.press(card, "Write a reason…");
		expect(phone.gate.state(id).status).toBe("waiting");
		expect(await discord.press(card, "Back")).toBe("Nothing is decided.");
		await discord.until(() => card.buttons.some(({ text }) => text === "Approve"));
		expect(await discord.submit(card, { custom_id }, "too late")).toMatch(/not good any more/);
		expect(phone.gate.state(id).status).toBe("waiting");
	});

	test("of somebody else opens no form, and a form that somebody else sends denies nothing; both are on record", async () => {
		const { id, card } = await asking();
		const custom_id = card.buttons.find(({ text }) => text === "Write a reason…")?.custom_id ?? "";
		expect(await discord.write(card, "mine", { from: STRANGER, name: "mallory" })).toBe("You may not decide this.");
		expect(discord.called("callback").some(({ body }) => body.type === 9)).toBe(false);
		expect(await discord.submit(card, { custom_id }, "mine", { from: STRANGER })).toBe("You may not decide this.");
		const made = `cs1:${"A".repeat(22)}:w`;
		expect(await discord.submit(card, { custom_id: made }, "x")).toBe("You may not decide this.");
		expect(phone.gate.state(id).status).toBe("waiting");
		expect(await phone.records("UNAUTH_DECISION")).toHaveLength(3);
		expect(await discord.write(card, "no")).toBe(DENIED);
	});

	test("that is sent after the desk has decided is told who did", async () => {
		const { id, card } = await asking();
		const custom_id = card.buttons.find(({ text }) => text === "Write a reason…")?.custom_id ?? "";
		await phone.gate.decide(id, { kind: "deny", reason: "no" }, alice);
		expect(await discord.submit(card, { custom_id }, "late")).toBe("Too late: denied by alice via editor.");
	});

	test("approves nothing, whatever its form is called", async () => {
		const { id } = await write();
		const card = await discord.card(/a\.txt/);
		const nonce = card.buttons[0]?.custom_id.slice(4, 26);
		await discord.submit(card, { custom_id: `cs1:${nonce}:w` }, "/approve");
		expect(await phone.gate.verdict(id)).toMatchObject({ status: "denied" });
	});
});

test("in a server's channel only who is on the list decides; others are refused and on record", async () => {
	await phone.close();
	phone = await openPhone(place, discord, discord.settings(`  channel: "${CHANNEL}"\n`, `["${OWNER}", "${STRANGER}"]`));
	const { id } = await write();
	const card = await discord.card(/a\.txt/);
	expect(card.chat).toBe(CHANNEL);
	await discord.listening();
	expect(await discord.press(card, "Approve", { from: "700000000000000111" })).toBe("You may not decide this.");
	expect(await phone.records("UNAUTH_DECISION")).toHaveLength(1);
	expect(await discord.press(card, "Approve", { from: STRANGER, name: "li" })).toBe("Approved.");
	expect(await phone.gate.verdict(id)).toMatchObject({ decision: { by: "li", via: "discord" } });
	expect(discord.called("open")).toEqual([]);
});

describe("several gates with one bot", () => {
	test("the one whose card it is answers, and the others are silent", async () => {
		const neighbour = await openPhone(makePlace({ "b.txt": "old\n" }), discord);
		await discord.listening(2);
		const mine = await write();
		const theirs = await asked(neighbour.gate, { tool: "file_write", path: "b.txt", content: "new\n" });
		const [a, b] = [await discord.card(/a\.txt/), await discord.card(/b\.txt/)];
		expect(await discord.press(a, "Approve")).toBe("Approved.");
		expect(await discord.press(b, "Deny")).toMatch(/^Why\?/);
		await discord.until(() => b.buttons.length === 8);
		expect(await discord.press(b, "It is production.")).toBe(DENIED);
		expect(await phone.gate.verdict(mine.id)).toMatchObject({ status: "approved" });
		expect(await neighbour.gate.verdict(theirs.id)).toMatchObject({ status: "denied" });
		// As long as anybody could still answer.
		await new Promise((done) => setTimeout(done, 2500));
		expect(discord.answers).toEqual(["Approved.", expect.stringMatching(/^Why/), DENIED]);
		for (const { records, warnings } of [phone, neighbour]) {
			expect(await records("UNAUTH_DECISION")).toEqual([]);
			expect(warnings).toEqual([]);
		}
		await neighbour.close();
	});

	test("a card whose gate is gone gets one answer, which is true", async () => {
		const neighbour = await openPhone(makePlace({ "b.txt": "old\n" }), discord);
		const third = await openPhone(makePlace(), discord);
		await discord.listening(3);
		await asked(neighbour.gate, { tool: "file_write", path: "b.txt", content: "new\n" });
		const card = await discord.card(/b\.txt/);
		await neighbour.close();
		expect(await discord.press(card, "Approve")).toBe("No gate that runs knows this message. Nothing is decided.");
		await discord.heard();
		expect(discord.answers).toHaveLength(1);
		expect(await neighbour.records("DECISION")).toEqual([]);
		await third.close();
	});
});
