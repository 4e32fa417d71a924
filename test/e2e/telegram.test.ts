import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectAgent, submit } from "../support/agent.ts";
import { countersign, countersignRunning, GateProcess, makePlace } from "../support/gateProcess.ts";
import { OWNER, TelegramDouble, TOKEN } from "../support/telegramDouble.ts";

/** How a phone is connected by Telegram; what it does then is in `phone.test.ts`. */
let telegram: TelegramDouble;
beforeEach(async () => {
	telegram = await TelegramDouble.start();
});
afterEach(() => telegram.close());

test("countersign phone: whoever sends the code on the screen is the one, and a gate that runs reaches them at once", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const gate = await GateProcess.start(place);
	const running = countersignRunning(place, ["phone", "--api-root", telegram.url]);
	running.tell(TOKEN);
	const code = await telegram.until(() => /\/start (\d{6})/.exec(running.said)?.[1]);
	const wrong = code === "000000" ? "000001" : "000000";
	telegram.write(`/start ${wrong}`, { from: 888 });
	telegram.write(`/start ${code}`, { chat: -100 });
	telegram.write(`/start ${code}`, { from: 888, message: { forward_origin: { type: "user" } } });
	telegram.write(code, { from: 888 });
	telegram.write(`/start ${code}`);
	await telegram.until(() => running.said.includes(`zhaocaiwen (${OWNER}) sent the code. Is that you?`));
	expect(existsSync(join(place.home, "channels.yaml"))).toBe(false);
	running.tell("yes");
	expect(await running.ended).toBe(0);
	expect(running.said).toContain(`zhaocaiwen (${OWNER}) decides by Telegram from now on.`);
	const file = join(place.home, "channels.yaml");
	expect(statSync(file).mode & 0o777).toBe(0o600);
	expect(readFileSync(file, "utf8")).toMatch(new RegExp(`users:\\s+- ${OWNER}`));

	const verdict = submit(await connectAgent(gate), "1", { tool: "file_write", path: "a.txt", content: "new\n" });
	expect(await telegram.press(await telegram.card(/a\.txt/), "Approve")).toBe("Approved.");
	expect(await verdict).toMatchObject({ outcome: "executed" });

	const second = await countersign(place, ["phone", "--api-root", telegram.url], `${TOKEN}\n`);
	expect(second.stderr).toMatch(/A gate \(process \d+\) listens to this bot/);
	expect((await countersign(place, ["phone", "--remove"])).stdout).toContain("Nobody decides by Telegram");
	expect(readFileSync(file, "utf8")).not.toContain(TOKEN);
	await gate.stop();
});

test("countersign phone: whoever the person at the screen does not know is not connected", async () => {
	const place = makePlace();
	const running = countersignRunning(place, ["phone", "--api-root", telegram.url]);
	running.tell(TOKEN);
	const code = await telegram.until(() => /\/start (\d{6})/.exec(running.said)?.[1]);
	telegram.write(`/start ${code}`, { from: 888 });
	await telegram.until(() => running.said.includes("other (888) sent the code"));
	running.tell("no");
	expect(await running.ended).toBe(2);
	expect(existsSync(join(place.home, "channels.yaml"))).toBe(false);
});

test("countersign phone: five wrong codes end it, a token that is none is told, and a token in the arguments is refused", async () => {
	const place = makePlace();
	const running = countersignRunning(place, ["phone", "--api-root", telegram.url]);
	running.tell(TOKEN);
	const code = await telegram.until(() => /\/start (\d{6})/.exec(running.said)?.[1]);
	for (let at = 0; at < 5; at++) telegram.write(`/start ${at}${code.slice(0, 5)}x`, { from: 888 });
	telegram.write(`/start ${code}`);
	expect(await running.ended).toBe(2);
	expect(running.said).toMatch(/5 wrong codes were sent/);
	expect(existsSync(join(place.home, "channels.yaml"))).toBe(false);

	expect((await countersign(place, ["phone"], "hello\n")).stderr).toMatch(/That is not a bot's token/);
	expect((await countersign(place, ["phone", TOKEN])).stderr).toMatch(/never an argument/);
	const unknown = TOKEN.replace("4242", "4343");
	expect((await countersign(place, ["phone", "--api-root", telegram.url], `${unknown}\n`)).stderr).toMatch(
		/does not know the bot's token/,
	);
});
