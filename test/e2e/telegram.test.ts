import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectAgent, submit } from "../support/agent.ts";
import {
	countersign,
	countersignRunning,
	GateProcess,
	isThere,
	journalOf,
	makePlace,
	type Place,
} from "../support/gateProcess.ts";
import { OWNER, TelegramDouble, TOKEN } from "../support/telegramDouble.ts";
import { tempDir } from "../support/tempDir.ts";

let telegram: TelegramDouble;
beforeEach(async () => {
	telegram = await TelegramDouble.start();
});
afterEach(() => telegram.close());

/** A gate whose person has a phone. */
async function withPhone(
	files: Readonly<Record<string, string>> = {},
	policy?: string,
): Promise<{ place: Place; gate: GateProcess }> {
	const place = makePlace(files, policy);
	setChannels(place, telegram.settings());
	return { place, gate: await GateProcess.start(place) };
}

const setChannels = (place: Place, text: string) =>
	writeFileSync(join(place.home, "channels.yaml"), text, { mode: 0o600 });

const decisions = async (place: Place) => (await journalOf(place)).filter(({ type }) => type === "DECISION");

test("the article's night, from the phone: one tap, one word, and a log to the letter", async () => {
	const etc = tempDir("etc-");
	for (const folder of ["cache", "production"]) mkdirSync(join(etc, folder));
	const [log, config] = [join(etc, "cache/tmp.log"), join(etc, "production/config.yml")];
	writeFileSync(log, "x");
	writeFileSync(config, "db: prod\n");
	const { place, gate } = await withPhone({}, `roots: [${etc}]\n`);
	const client = await connectAgent(gate, "claude-code");
	const cache = submit(client, "1", { tool: "file_delete", path: log });
	const first = await telegram.card(/cache\/tmp\.log/);
	expect(first.text).toMatch(/^#\d+ [0-9a-f]{8} [^/]+\/workspace\ndelete /);
	expect(existsSync(log)).toBe(true);
	expect(await telegram.press(first, "Approve")).toBe("Approved.");
	expect(await cache).toMatchObject({ status: "approved", outcome: "executed" });
	expect(existsSync(log)).toBe(false);
	await telegram.until(
		() => /approved by zhaocaiwen via telegram, executed/.test(first.text) && first.buttons.length === 0,
	);

	const production = submit(client, "2", { tool: "file_delete", path: config });
	const second = await telegram.card(/production\/config\.yml/);
	await telegram.press(second, "Deny");
	await telegram.until(() => second.buttons.length === 7);
	telegram.write("production config", { to: second });
	expect(await production).toMatchObject({ status: "denied", decision: { reason: "production config" } });
	expect(existsSync(config)).toBe(true);
	await telegram.until(() => /denied by zhaocaiwen via telegram/.test(second.text));
	client.close();
	await gate.stop();

	const { stdout } = await countersign(place, ["log"]);
	expect(
		stdout
			.trimEnd()
			.split("\n")
			.map((line) => line.replace(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] /, "")),
	).toEqual([
		`REQUEST: file_delete("${log}")`,
		"APPROVED by zhaocaiwen via telegram",
		"EXECUTED: file_delete",
		`REQUEST: file_delete("${config}")`,
		"DENIED by zhaocaiwen via telegram",
		"CANCELED: file_delete (reason: production config)",
	]);
	expect((await countersign(place, ["verify"])).code).toBe(0);
	expect(telegram.links()).toEqual([]);
});

test("a gate that is killed with cards standing edits the same cards when it comes back, and their old buttons are dead", async () => {
	const { place, gate } = await withPhone({ "a.txt": "old\n", "b.txt": "old\n", "c.txt": "old\n" });
	const client = await connectAgent(gate);
	for (const name of ["a", "b", "c"]) {
		submit(client, name, { tool: "file_write", path: `${name}.txt`, content: "new\n" }).catch(() => undefined);
		await telegram.card(new RegExp(`${name}\\.txt`));
	}
	const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => telegram.card(new RegExp(`${name}\\.txt`))));
	if (!a || !b || !c) throw new Error("no cards");
	const old = [a, b, c].map(({ buttons }) => buttons[0]?.callback_data ?? "");
	await gate.kill("SIGKILL");
	const next = await GateProcess.start(place);
	await telegram.until(() => [a, b, c].every(({ buttons }, at) => buttons[0] && buttons[0].callback_data !== old[at]));
	expect(telegram.messages).toHaveLength(3);
	expect(await telegram.press(a, "Approve", { data: old[0] ?? "" })).toMatch(/not good any more|may not/);
	expect(await decisions(place)).toEqual([]);
	await telegram.until(() => a.buttons.length > 0);
	expect(await telegram.press(await telegram.card(/a\.txt/), "Approve")).toBe("Approved.");
	await next.deny((await next.request(/b\.txt/)).id, "no");
	await telegram.until(() => /executed/.test(a.text) && /denied by .* via terminal/.test(b.text));
	expect(a.buttons).toEqual([]);
	expect(b.buttons).toEqual([]);
	expect(telegram.messages).toHaveLength(3);

	// What was decided while nobody could say so is said when somebody can again.
	telegram.cut();
	await next.deny((await next.request(/c\.txt/)).id, "no");
	await next.kill("SIGKILL");
	telegram.mend();
	const last = await GateProcess.start(place);
	await telegram.until(() => /denied by .* via terminal/.test(c.text));
	expect(telegram.messages).toHaveLength(3);
	expect(isThere(place, "c.txt")).toBe(true);
	await last.stop();
});

test("whoever is taken off the list is refused at the next press, and a file that is wrong closes the channel", async () => {
	const { place, gate } = await withPhone({ "a.txt": "old\n" });
	const client = await connectAgent(gate);
	const verdict = submit(client, "1", { tool: "file_write", path: "a.txt", content: "new\n" });
	const card = await telegram.card(/a\.txt/);
	setChannels(place, telegram.settings(`  chat: ${OWNER}\n`, "[888]"));
	expect(await telegram.press(card, "Approve")).toBe("You may not decide this.");
	expect(await decisions(place)).toEqual([]);
	expect((await journalOf(place)).filter(({ type }) => type === "UNAUTH_DECISION")).toHaveLength(1);
	setChannels(place, telegram.settings(`  chat: ${OWNER}\n`));
	expect(await telegram.press(card, "Approve")).toBe("Approved.");
	expect(await verdict).toMatchObject({ outcome: "executed" });

	setChannels(place, "telegram: { token: 1 }\n");
	await gate.event(
		({ event, message }) => event === "warning" && /channels\.yaml, line 1: telegram\.token/.test(String(message)),
	);
	const sent = telegram.called("sendMessage").length;
	submit(client, "2", { tool: "file_write", path: "a.txt", content: "newer\n" }).catch(() => undefined);
	await gate.request(2);
	await new Promise((done) => setTimeout(done, 1500));
	expect(telegram.called("sendMessage")).toHaveLength(sent);
	await gate.stop();
});

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
