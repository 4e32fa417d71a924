import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectAgent, submit } from "../support/agent.ts";
import { DiscordDouble, OWNER, TOKEN } from "../support/discordDouble.ts";
import { countersign, countersignRunning, GateProcess, makePlace, type Place } from "../support/gateProcess.ts";
import { setChannels } from "../support/phone.ts";

/** How a phone is connected by Discord; what it does then is in `phone.test.ts`. */
let discord: DiscordDouble;
beforeEach(async () => {
	discord = await DiscordDouble.start();
});
afterEach(() => discord.close());

const OTHER = { from: "700000000000000888", name: "mallory" };
const WRONG = "That is not the code on the screen.";

/** The command that connects, up to where its code stands on the screen. */
async function pairing(place: Place) {
	const running = countersignRunning(place, ["phone", "discord", "--api-root", discord.url]);
	running.tell(TOKEN);
	const code = await discord.until(() => /\/countersign code:(\d{6})/.exec(running.said)?.[1]);
	return { running, code, wrong: code === "000000" ? "000001" : "000000" };
}

test("countersign phone discord: whoever sends the code on the screen is the one, and a gate that runs reaches them at once", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const gate = await GateProcess.start(place);
	const { running, code, wrong } = await pairing(place);
	expect(running.said).toMatch(
		/Invite the bot into a server of yours: https:\/\/discord\.com\/oauth2\/authorize\?scope=bot\+applications\.commands&permissions=0&client_id=424242424242424242\n/,
	);
	expect(await discord.command(wrong, OTHER)).toBe(WRONG);
	expect(await discord.command(code, { isBot: true })).toBe("This interaction failed");
	// Somebody whom the bot could never write to is told what is missing, and can do it.
	discord.closed.add(OWNER);
	expect(await discord.command(code)).toMatch(/The bot cannot write to you\. Be in a server where it is/);
	discord.closed.clear();
	expect(await discord.command(code)).toMatch(/^That is the code\./);
	await discord.until(() => running.said.includes(`zhaocaiwen (${OWNER}) sent the code. Is that you?`));
	expect(existsSync(join(place.home, "channels.yaml"))).toBe(false);
	running.tell("yes");
	expect(await running.ended).toBe(0);
	expect(running.said).toContain(`zhaocaiwen (${OWNER}) decides by Discord from now on.`);
	expect(discord.gateway.identified.map(({ intents }) => intents)).toEqual([0]);
	expect(discord.commands.size).toBe(0);
	const file = join(place.home, "channels.yaml");
	expect(statSync(file).mode & 0o777).toBe(0o600);
	expect(readFileSync(file, "utf8")).toMatch(new RegExp(`users:\\s+- "${OWNER}"`));

	const verdict = submit(await connectAgent(gate), "1", { tool: "file_write", path: "a.txt", content: "new\n" });
	const card = await discord.card(/a\.txt/);
	await discord.listening();
	expect(await discord.press(card, "Approve")).toBe("Approved.");
	expect(await verdict).toMatchObject({ outcome: "executed" });
	await gate.stop();
});

test("countersign phone discord: five wrong codes end it, all at once too; a token that is none is told, and one in the arguments is refused", async () => {
	const place = makePlace();
	const { running, code, wrong } = await pairing(place);
	const told = await Promise.all(Array.from({ length: 12 }, () => discord.command(wrong, OTHER)));
	expect(told.filter((said) => said === WRONG).length).toBeLessThanOrEqual(5);
	expect(await running.ended).toBe(2);
	expect(running.said).toMatch(/5 wrong codes were sent/);
	expect(discord.commands.size).toBe(0);
	expect(running.said.includes(code)).toBe(true);
	expect(existsSync(join(place.home, "channels.yaml"))).toBe(false);

	expect((await countersign(place, ["phone", "discord"], "hello\n")).stderr).toMatch(/That is not a bot's token/);
	expect((await countersign(place, ["phone", "discord", TOKEN])).stderr).toMatch(/never an argument/);
	const unknown = TOKEN.replace("NDI0", "NDI1");
	expect((await countersign(place, ["phone", "discord", "--api-root", discord.url], `${unknown}\n`)).stderr).toMatch(
		/does not know the bot's token/,
	);
});

test("several windows, one bot: each gate's card is decided by a press on it, whichever process hears it first", async () => {
	const places = [makePlace({ "a.txt": "old\n" }), makePlace({ "b.txt": "old\n" })];
	const gates = [];
	for (const place of places) {
		setChannels(place, discord.settings());
		gates.push(await GateProcess.start(place));
	}
	const [one, other] = gates;
	if (!one || !other) throw new Error("no gates");
	const a = submit(await connectAgent(one), "1", { tool: "file_write", path: "a.txt", content: "new\n" });
	const b = submit(await connectAgent(other), "1", { tool: "file_write", path: "b.txt", content: "new\n" });
	const cards = [await discord.card(/a\.txt/), await discord.card(/b\.txt/)] as const;
	await discord.listening(2);
	expect(await discord.press(cards[1], "Approve")).toBe("Approved.");
	expect(await discord.press(cards[0], "Approve")).toBe("Approved.");
	expect([await a, await b]).toMatchObject([{ outcome: "executed" }, { outcome: "executed" }]);
	for (const gate of gates) await gate.stop();
});
