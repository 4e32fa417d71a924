import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import { DiscordDouble, OWNER } from "../../support/discordDouble.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone } from "../../support/phone.ts";

/** T50, what only Discord has; the rest is in `outage.test.ts`. */
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

const write = (path = "a.txt") => asked(phone.gate, { tool: "file_write", path, content: "new\n" });
const told = (pattern: RegExp) => discord.until(() => phone.warnings.some((warning) => pattern.test(warning)));

describe("the connection", () => {
	test("that is lost is resumed, and what was pressed meanwhile counts once", async () => {
		const { id } = await write();
		const card = await discord.card(/a\.txt/);
		discord.gateway.hangUp(4000);
		await discord.until(() => discord.gateway.open === 0);
		expect(await discord.press(card, "Approve")).toBe("Approved.");
		expect(discord.gateway.resumed).toHaveLength(1);
		discord.gateway.repeat();
		await discord.heard();
		expect(await phone.gate.verdict(id)).toMatchObject({ outcome: "executed" });
		await pause(2500);
		expect(discord.answers).toEqual(["Approved."]);
		expect(await phone.records("DECISION")).toHaveLength(1);
		expect(phone.warnings).toEqual([]);
	});

	test("that comes back later than Discord waits: the person was told that it failed, and nothing is decided", async () => {
		const { id } = await write();
		const card = await discord.card(/a\.txt/);
		const release = discord.gateway.hold();
		discord.gateway.hangUp(4000);
		expect(await discord.press(card, "Approve")).toBe("This interaction failed");
		release();
		await discord.until(() => discord.gateway.resumed.length > 0);
		await discord.until(() => discord.called("callback").length > 0);
		await discord.heard();
		expect(phone.gate.state(id).status).toBe("waiting");
		expect(await discord.press(card, "Approve")).toBe("Approved.");
	});

	test.each([
		["whose session is not good any more", () => discord.gateway.invalidate(), 2],
		["that Discord wants somewhere else", () => discord.gateway.reconnect(), 1],
	])("%s is made anew, and heard", async (_, end, identified) => {
		await write();
		const card = await discord.card(/a\.txt/);
		const from = discord.gateway.identified.length + discord.gateway.resumed.length;
		end();
		await discord.until(() => discord.gateway.identified.length + discord.gateway.resumed.length > from);
		await discord.listening();
		expect(await discord.press(card, "Approve")).toBe("Approved.");
		expect(discord.gateway.identified).toHaveLength(identified);
	});

	test("is not made where it would not be encrypted", async () => {
		await phone.close();
		discord.gatewayUrl = "ws://gateway.example/";
		phone = await openPhone(place, discord);
		await told(/without encryption: ws:\/\/gateway\.example/);
	});

	test("is gone when the channel is closed, also while it is being made anew", async () => {
		discord.cut();
		await discord.until(() => discord.gateway.open === 0);
		await phone.close();
		discord.mend();
		await pause(2000);
		expect([discord.gateway.open, discord.gateway.greeted]).toEqual([0, 1]);
	});
});

test("a token that Discord does not know closes the channel, and is tried no more", async () => {
	await phone.close();
	discord.fail(401, { times: 100 });
	phone = await openPhone(place, discord);
	await told(/does not know the bot's token/);
	await write();
	const calls = discord.calls.length;
	await pause(2500);
	expect(discord.calls).toHaveLength(calls);
	expect(phone.warnings).toHaveLength(1);
});

test("a person who cannot be written to: the desk is told what to do, and Discord is not asked again and again", async () => {
	discord.closed.add(OWNER);
	await write();
	await told(/may not write to you\. Be in a server where it is/);
	await pause(3000);
	expect(discord.called("create")).toHaveLength(1);
	expect(discord.messages).toEqual([]);
});

test("a message whose answer was lost is found again long after, by another process too", async () => {
	discord.forgetsNonces = true;
	discord.after = ({ method }) => {
		if (method !== "create") return;
		discord.after = () => undefined;
		discord.cut();
	};
	await write();
	await told(/cannot be reached/);
	await phone.close();
	discord.mend();
	phone = await openPhone(place, discord);
	await discord.until(() => discord.called("edit").length > 0);
	await pause(1200);
	expect(discord.messages).toHaveLength(1);
	await discord.listening();
	expect(await discord.press(await discord.card(/a\.txt/), "Approve")).toBe("Approved.");
});
