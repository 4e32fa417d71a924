import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
import { OWNER, type Shown, TelegramDouble, TOKEN } from "../support/telegramDouble.ts";

/** Several folders' gates of one machine, each a process of its own, and one bot. The first one that starts hears. */
let telegram: TelegramDouble;
let first: Place;
beforeEach(async () => {
	telegram = await TelegramDouble.start();
	first = makePlace();
	mkdirSync(join(first.home, "run"), { mode: 0o700 });
	writeFileSync(join(first.home, "channels.yaml"), telegram.settings(), { mode: 0o600 });
});
afterEach(() => telegram.close());

/** Another folder of the same person. */
function beside(name: string): Place {
	const workspace = join(first.workspace, "..", name);
	mkdirSync(workspace);
	return { ...first, workspace };
}

const polls = () => telegram.called("getUpdates").length;

async function startFirst(failpoint = ""): Promise<GateProcess> {
	const gate = await GateProcess.start(first, failpoint);
	await telegram.until(() => polls() > 0);
	return gate;
}

/** An agent that asks to write a file. `verdict`: what becomes of it, also over an end of its gate. */
async function ask(gate: GateProcess, path: string): Promise<{ card: Shown; verdict: Promise<unknown> }> {
	started.push(gate);
	const client = await connectAgent(gate);
	const verdict = submit(client, path, { tool: "file_write", path, content: "new\n" });
	verdict.catch(() => undefined);
	return { card: await telegram.card(new RegExp(`${path} *$`, "m")), verdict };
}

const decisions = async (place: Place) => (await journalOf(place)).filter(({ type }) => type === "DECISION");
afterEach((context) => {
	if (context.task.result?.state === "fail") for (const gate of started.splice(0)) console.error(gate.stderr);
});
const started: GateProcess[] = [];
const answersTo = (text: RegExp) => telegram.answers.filter((answer) => text.test(answer));
const filesOf = (place: Place) => {
	const away = join(place.home, "away");
	return readdirSync(away, { recursive: true, encoding: "utf8" })
		.filter((name) => name.startsWith("telegram-"))
		.map((name) => join(away, name));
};

/** Where each gate writes down which message is its own. */
const sentFile = () => filesOf(first).find((path) => path.endsWith(`sent.${OWNER}.json`)) ?? "";

test("three folders, one bot: every card names its folder, and what is pressed below it reaches that folder's gate alone", async () => {
	const places = [first, beside("shop"), beside("site")];
	const gates = [await startFirst()];
	for (const place of places.slice(1)) gates.push(await GateProcess.start(place));
	const [a, b, c] = await Promise.all(gates.map((gate, at) => ask(gate, `f${at}.txt`)));
	if (!a || !b || !c) throw new Error("no cards");
	expect([a, b, c].map(({ card }) => /^#\d+ [0-9a-f]{8} (\S+)\n/.exec(card.text)?.[1]?.split("/")[1])).toEqual([
		"workspace",
		"shop",
		"site",
	]);
	expect(await telegram.press(b.card, "Approve")).toBe("Approved.");
	expect(await b.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(await telegram.press(c.card, "Deny")).toMatch(/^Why\?/);
	await telegram.until(() => c.card.buttons.length === 7);
	telegram.write("not on a Friday", { to: c.card });
	expect(await c.verdict).toMatchObject({ status: "denied", decision: { reason: "not on a Friday" } });
	expect(await telegram.press(a.card, "Approve")).toBe("Approved.");
	expect(await a.verdict).toMatchObject({ outcome: "executed" });
	// The data of one gate's button below another gate's card is nobody's.
	const again = await ask(gates[1] as GateProcess, "g1.txt");
	const other = await ask(gates[2] as GateProcess, "g2.txt");
	const data = again.card.buttons[0]?.callback_data ?? "";
	expect(await telegram.press(other.card, "", { data })).toBe("You may not decide this.");
	expect(await telegram.press(again.card, "Approve")).toBe("Approved.");
	expect((await Promise.all(places.map(decisions))).map((records) => records.length)).toEqual([1, 2, 1]);
	const refusals = (await journalOf(places[2] as Place)).filter(({ type }) => type === "UNAUTH_DECISION");
	expect(refusals).toHaveLength(1);

	const modes = filesOf(first).map((path) => statSync(path).mode & 0o777);
	expect(new Set(modes)).toEqual(new Set([0o700, 0o600]));
	await telegram.heard();
	await telegram.until(() => !filesOf(first).some((path) => /\d\.(json|taken)$/.test(path) && !/sent\./.test(path)));
	for (const gate of gates) await gate.stop();
	expect(gates.map(({ stderr }) => stderr).join("")).not.toMatch(/has the bot|Somebody else/);
}, 90_000);

test("a reason that answers no card is for the only card of any gate that asks why; with two it decides nothing and says so", async () => {
	const [one, two] = [await startFirst(), await GateProcess.start(beside("shop"))];
	const [a, b] = [await ask(one, "a.txt"), await ask(two, "b.txt")];
	await telegram.press(a.card, "Deny");
	await telegram.press(b.card, "Deny");
	telegram.write("which one");
	const said = await telegram.until(() => telegram.messages.find(({ text }) => /More than one card/.test(text)));
	expect(said.text).toMatch(/^Nothing is decided\./);
	expect([await decisions(first), await decisions(two.place)]).toEqual([[], []]);
	telegram.write("for a", { to: a.card });
	expect(await a.verdict).toMatchObject({ status: "denied", decision: { reason: "for a" } });
	await telegram.until(() => /denied by/.test(a.card.text));
	telegram.write("for the other");
	expect(await b.verdict).toMatchObject({ status: "denied", decision: { reason: "for the other" } });
	await one.stop();
	await two.stop();
}, 90_000);

test("an agent's way into what gates pass on is asked as protected, and a made up press that lies there decides nothing", async () => {
	const gate = await startFirst();
	const { card } = await ask(gate, "a.txt");
	const inbox = await telegram.until(() => filesOf(first).find((path) => /\/[0-9a-f]{16}$/.test(path)));
	const press = (data: string) =>
		JSON.stringify({
			update_id: 77,
			callback_query: {
				id: "q",
				from: { id: OWNER, is_bot: false, username: "zhaocaiwen" },
				data,
				message: { message_id: card.id, chat: { id: OWNER } },
			},
		});
	const client = await connectAgent(gate);
	const content = press(card.buttons[0]?.callback_data ?? "");
	submit(client, "2", { tool: "file_write", path: join(inbox, "77.json"), content }).catch(() => undefined);
	expect(await gate.request(/77\.json/)).toMatchObject({ tier: "protected" });
	writeFileSync(join(inbox, "77.json"), press(`cs1:${"A".repeat(22)}:a`), { mode: 0o600 });
	await telegram.until(() => telegram.called("answerCallbackQuery").length > 0);
	await telegram.until(() => !existsSync(join(inbox, "77.taken")));
	expect(await decisions(first)).toEqual([]);
	expect((await journalOf(first)).filter(({ type }) => type === "UNAUTH_DECISION")).toHaveLength(1);
	await gate.stop();
}, 60_000);

describe("the gate that hears is killed, another one goes on within seconds, and the press counts once:", () => {
	test.each(["telegram.heard", "telegram.passed"])(
		"killed at %s",
		async (failpoint) => {
			const hearing = await startFirst(failpoint);
			const other = await GateProcess.start(beside("shop"));
			const { card, verdict } = await ask(other, "b.txt");
			expect(await telegram.press(card, "Approve")).toBe("Approved.");
			expect((await hearing.ended).signal).toBe("SIGKILL");
			expect(await verdict).toMatchObject({ status: "approved", outcome: "executed" });
			// By then the next one has heard it once more.
			await telegram.heard();
			await telegram.until(() => !filesOf(first).some((path) => /\/\d+\.(json|taken)$/.test(path)));
			expect(await decisions(other.place)).toHaveLength(1);
			expect(telegram.called("answerCallbackQuery")).toHaveLength(1);
			await other.stop();
		},
		60_000,
	);
});

describe("the gate of the card is killed with the press in its hand:", () => {
	test.each([
		["telegram.taken", 0],
		["telegram.carried", 1],
	])(
		"killed at %s, the phone is told, and the card says what is true when it is back",
		async (failpoint, decided) => {
			const hearing = await startFirst();
			const killed = await GateProcess.start(beside("shop"), failpoint);
			const { card } = await ask(killed, "b.txt");
			const data = card.buttons[0]?.callback_data;
			// Whoever carried it out had answered.
			expect(await telegram.press(card, "Approve")).toMatch(decided ? /^Approved/ : /^The gate of this card stopped/);
			expect((await killed.ended).signal).toBe("SIGKILL");
			expect(await decisions(killed.place)).toHaveLength(decided);
			const back = await GateProcess.start(killed.place);
			if (decided) await telegram.until(() => /approved by zhaocaiwen/.test(card.text));
			else await telegram.until(() => card.buttons[0] && card.buttons[0].callback_data !== data);
			expect(telegram.messages.filter(({ text }) => /b\.txt/.test(text))).toHaveLength(1);
			if (!decided) expect(await telegram.press(card, "Approve")).toBe("Approved.");
			expect(await decisions(killed.place)).toHaveLength(1);
			await back.stop();
			await hearing.stop();
		},
		60_000,
	);
});

test("a card of a gate that does not run: the phone is told that nothing is decided, and the card stays as it is", async () => {
	const hearing = await startFirst();
	const dead = await GateProcess.start(beside("shop"));
	const { card } = await ask(dead, "b.txt");
	await telegram.until(() => /"request":/.test(readFileSync(sentFile(), "utf8")));
	await dead.kill();
	const [text, buttons] = [card.text, card.buttons];
	expect(await telegram.press(card, "Approve")).toMatch(/^Nothing is decided\. The gate of this card is not running/);
	telegram.write("no", { to: card });
	await telegram.until(() => telegram.messages.some(({ text }) => /is not running/.test(text)));
	expect([card.text, card.buttons]).toEqual([text, buttons]);
	expect(await decisions(dead.place)).toEqual([]);
	const back = await GateProcess.start(dead.place);
	await telegram.until(() => card.buttons[0]?.callback_data !== buttons[0]?.callback_data);
	expect(await telegram.press(card, "Approve")).toBe("Approved.");
	expect(answersTo(/not running/)).toHaveLength(1);
	await back.stop();
	await hearing.stop();
}, 60_000);

test("a card whose sender was killed before it heard where it stands is found again, never in another gate's card", async () => {
	const other = await startFirst();
	const lost = await GateProcess.start(beside("shop"), "telegram.sent");
	const client = await connectAgent(lost);
	submit(client, "1", { tool: "file_write", path: "b.txt", content: "new\n" }).catch(() => undefined);
	const card = await telegram.card(/b\.txt/);
	await lost.ended;
	const foreign = await ask(other, "a.txt");
	telegram.messages.splice(telegram.messages.indexOf(card), 1);
	const text = foreign.card.text;
	const back = await GateProcess.start(lost.place);
	const again = await telegram.card(/b\.txt/);
	expect(foreign.card.text).toBe(text);
	expect(telegram.messages).toHaveLength(2);
	expect(await telegram.press(again, "Approve")).toBe("Approved.");
	expect(await telegram.press(foreign.card, "Approve")).toBe("Approved.");
	await telegram.until(() => isThere(first, "a.txt") && isThere(lost.place, "b.txt"));
	await back.stop();
	await other.stop();
}, 60_000);

test("somebody else who polls is told at every desk, and once the phone was removed and connected anew both gates go on", async () => {
	const [one, two] = [await startFirst(), await GateProcess.start(beside("shop"))];
	telegram.fail(409, { method: "getUpdates", times: 1 });
	telegram.push({ poll: {} });
	for (const gate of [one, two])
		await gate.event(({ event, message }) => event === "warning" && /Somebody else uses/.test(String(message)));
	expect((await countersign(first, ["phone", "--api-root", telegram.url], `${TOKEN}\n`)).stderr).toMatch(
		/A gate \(process \d+\) listens to this bot/,
	);
	await countersign(first, ["phone", "--remove"]);
	const running = countersignRunning(first, ["phone", "--api-root", telegram.url]);
	running.tell(TOKEN);
	const code = await telegram.until(() => /\/start (\d{6})/.exec(running.said)?.[1]);
	telegram.write(`/start ${code}`);
	await telegram.until(() => running.said.includes("Is that you?"));
	running.tell("yes");
	expect(await running.ended, running.said).toBe(0);
	const [a, b] = [await ask(one, "a.txt"), await ask(two, "b.txt")];
	expect(await telegram.press(a.card, "Approve")).toBe("Approved.");
	expect(await telegram.press(b.card, "Approve")).toBe("Approved.");
	await one.stop();
	await two.stop();
}, 60_000);
