import { afterEach, beforeEach, expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import { DiscordDouble } from "../../support/discordDouble.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone } from "../../support/phone.ts";

let discord: DiscordDouble;
let place: Place;
let phone: Awaited<ReturnType<typeof openPhone>>;
beforeEach(async () => {
	discord = await DiscordDouble.start();
	place = makePlace({ "a.txt": "old\n", ".env": "KEY=1\n" });
	phone = await openPhone(place, discord);
	await discord.listening();
});
afterEach(async () => {
	await phone.close();
	await discord.close();
});

test("smoke", async () => {
	const { id } = await asked(phone.gate, { tool: "file_write", path: "a.txt", content: "new\n" });
	const card = await discord.card(/a\.txt/);
	expect(await discord.press(card, "Deny")).toMatch(/Why/);
	await discord.until(() => card.buttons.length === 8);
	expect(await discord.write(card, "production config")).toBe("Denied; the agent is told why.");
	expect(await phone.gate.verdict(id)).toMatchObject({ decision: { reason: "production config", via: "discord" } });
	await discord.until(() => /denied by zhaocaiwen via discord/.test(card.text));
	console.log(discord.transcript(), phone.warnings, discord.links(), discord.gateway.identified);
});
