import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import { journalOf, journalPath, makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone } from "../../support/phone.ts";
import { OWNER, type Press, type Shown, TelegramDouble } from "../../support/telegramDouble.ts";

let telegram: TelegramDouble;
let place: Place;
let phone: Awaited<ReturnType<typeof openPhone>>;
beforeEach(async () => {
	telegram = await TelegramDouble.start();
	place = makePlace({ "a.txt": "old\n", ".env": "KEY=1\n" });
	phone = await openPhone(place, telegram);
});
afterEach(async () => {
	await phone.close();
	await telegram.close();
});

const alice = { by: "alice", via: "terminal" as const };
const read = (path: string) => readFileSync(join(place.workspace, path), "utf8");
const write = (content = "new\n") => asked(phone.gate, { tool: "file_write", path: "a.txt", content });
const dataOf = (card: Shown, label: string) => card.buttons.find(({ text }) => text === label)?.callback_data ?? "";

describe("T46: a press by", () => {
	const strangers: [string, Press][] = [
		["somebody who is not on the list, in the right chat", { from: 999, name: "mallory" }],
		["somebody with a name that looks like the right one", { from: 999, name: "zhaocaiwеn" }],
		["somebody with the very name of the right one", { from: 999, name: "zhaocaiwen" }],
		["the right person in another chat", { chat: 999 }],
		["the right person in a group", { chat: -100123 }],
		["the right person below another message", { message: { message_id: 4711 } }],
		["the right person below a forwarded message", { message: { forward_origin: { type: "user", date: 1 } } }],
		[
			"the right person below somebody else's message",
			{ message: { from: { id: 5, is_bot: false, first_name: "x" } } },
		],
		["an anonymous admin", { from: 1087968824, isBot: true, name: "GroupAnonymousBot" }],
		["a bot with the right person's id", { isBot: true }],
		["the right person, with made up data", { data: `cs1:${"A".repeat(22)}:a` }],
		["the right person, with data of another form", { data: "approve" }],
	];
	test.each(strangers)("%s decides nothing and is on record, and the right person still can", async (_, press) => {
		const { id } = await write();
		const card = await telegram.card(/a\.txt/);
		expect(await telegram.press(card, "Approve", press)).toMatch(
			/^(You may not decide this\.|This button is not good any more\.)/,
		);
		expect(phone.gate.state(id).status).toBe("waiting");
		expect(await phone.records("DECISION")).toEqual([]);
		const [record] = await phone.records("UNAUTH_DECISION");
		expect(record).toMatchObject({ via: "telegram", data: { user: String(press.from ?? OWNER) } });
		expect(phone.warnings.join()).toMatch(/pressed a button/);
		expect(await telegram.press(await telegram.card(/a\.txt/), "Approve")).toBe("Approved.");
		expect(await phone.gate.verdict(id)).toMatchObject({
			outcome: "executed",
			decision: { by: "zhaocaiwen", via: "telegram" },
		});
	});

	test("the right person with an approval that was not offered decides nothing: high stays at the desk", async () => {
		const { id } = await asked(phone.gate, { tool: "file_write", path: ".env", content: "KEY=2\n" });
		const card = await telegram.card(/\.env/);
		expect(card.buttons.map(({ text }) => text)).toEqual(["Deny", "Later"]);
		const data = dataOf(card, "Deny").replace(/:d$/, ":a");
		expect(await telegram.press(card, "Deny", { data })).toBe("You may not decide this.");
		expect(phone.gate.state(id).status).toBe("waiting");
		expect(await phone.records("UNAUTH_DECISION")).toHaveLength(1);
		await telegram.until(() => dataOf(card, "Deny") !== "" && dataOf(card, "Deny") !== data.replace(/:a$/, ":d"));
		await telegram.press(card, "Deny");
		await telegram.until(() => card.buttons.length === 7);
		await telegram.press(card, "It is production.");
		expect(await phone.gate.verdict(id)).toMatchObject({ status: "denied", decision: { reason: "It is production." } });
	});
});

test("words decide nothing but the reason of a denial that was pressed, and only the right person's in the right chat", async () => {
	const { id } = await write();
	const card = await telegram.card(/a\.txt/);
	telegram.write("/approve", { to: card });
	telegram.write("no", { to: card });
	await telegram.until(() =>
		telegram.messages.some(({ text }) => text === "Nothing is decided. Press Deny first, then write the reason."),
	);
	await telegram.press(card, "Deny");
	await telegram.until(() => card.buttons.length === 7);
	telegram.write("mine", { to: card, from: 999 });
	telegram.write("mine", { to: card, from: 999, chat: OWNER });
	telegram.write("yours", { to: card, chat: -100 });
	telegram.write("passed on", { to: card, message: { forward_origin: { type: "user" } } });
	telegram.write("in a name", { to: card, message: { sender_chat: { id: -1, type: "channel", title: "x" } } });
	telegram.push({ edited_message: { message_id: 1, text: "edited", chat: { id: OWNER }, from: { id: OWNER } } });
	await telegram.heard();
	expect(phone.gate.state(id).status).toBe("waiting");
	telegram.write("too early in the year", { twice: true });
	expect(await phone.gate.verdict(id)).toMatchObject({
		status: "denied",
		decision: { reason: "too early in the year" },
	});
	await telegram.until(() => /denied by zhaocaiwen via telegram/.test(card.text));
	expect(await phone.records("DECISION")).toHaveLength(1);
});

describe("T47: a button", () => {
	test("that was used, or is of a request decided elsewhere, is refused with what is true", async () => {
		const { id } = await write();
		const card = await telegram.card(/a\.txt/);
		const used = dataOf(card, "Approve");
		await telegram.press(card, "Approve");
		expect(await phone.gate.verdict(id)).toMatchObject({ outcome: "executed" });
		await telegram.until(() => card.buttons.length === 0 && /executed/.test(card.text));
		expect(await telegram.press(card, "", { data: used })).toBe(
			"Too late: approved by zhaocaiwen via telegram, executed.",
		);

		const second = await write("newer\n");
		const other = await telegram.card(new RegExp(`#${second.seq} `));
		const data = dataOf(other, "Approve");
		await phone.gate.decide(second.id, { kind: "deny", reason: "no" }, alice);
		expect(await telegram.press(other, "", { data })).toBe("Too late: denied by alice via terminal.");
		await telegram.until(() => /denied by alice via terminal/.test(other.text) && other.buttons.length === 0);
		expect(read("a.txt")).toBe("new\n");
	});

	test("of request A decides nothing of request B", async () => {
		const a = await write();
		const b = await asked(phone.gate, { tool: "file_write", path: "b.txt", content: "b\n" });
		const [one, other] = [await telegram.card(/a\.txt/), await telegram.card(/b\.txt/)];
		expect(await telegram.press(other, "", { data: dataOf(one, "Approve") })).toBe("You may not decide this.");
		expect([a, b].map(({ id }) => phone.gate.state(id).status)).toEqual(["waiting", "waiting"]);
		expect(await phone.records("UNAUTH_DECISION")).toHaveLength(1);
	});

	test("from before a restart is dead, and the same card has new ones", async () => {
		const { id } = await write();
		const card = await telegram.card(/a\.txt/);
		const old = dataOf(card, "Approve");
		await phone.close();
		phone = await openPhone(place, telegram);
		await telegram.until(() => dataOf(card, "Approve") !== old);
		expect(await telegram.press(card, "", { data: old })).toMatch(/may not|not good/);
		expect(phone.gate.state(id).status).toBe("waiting");
		expect(telegram.messages).toHaveLength(1);
		expect(await telegram.press(card, "Approve")).toBe("Approved.");
	});

	test("that was pressed before a restart, and comes again after it, does nothing a second time", async () => {
		await write();
		const card = await telegram.card(/a\.txt/);
		await telegram.press(card, "Later");
		await telegram.heard();
		await phone.close();
		phone = await openPhone(place, telegram);
		await telegram.until(() => telegram.called("deleteWebhook").length > 1);
		const polls = telegram.called("getUpdates").length;
		telegram.repeat();
		await telegram.until(() => telegram.called("getUpdates").length > polls + 1);
		expect(telegram.called("answerCallbackQuery")).toHaveLength(1);
	});

	test("of a request that moved on approves nothing: the next revision is shown on the same card", async () => {
		const { id } = await write();
		const card = await telegram.card(/a\.txt/);
		writeFileSync(join(place.workspace, "a.txt"), "somebody else\n");
		expect(await telegram.press(card, "Approve")).toMatch(/^Nothing is decided/);
		await telegram.until(() => /revision 2/.test(card.text) && card.buttons.length > 0);
		expect(phone.gate.state(id)).toMatchObject({ status: "waiting", revision: 2 });
		expect(read("a.txt")).toBe("somebody else\n");
	});

	test("is answered, and its card says approved, only after the decision is in the journal", async () => {
		await write();
		const card = await telegram.card(/a\.txt/);
		const early: string[] = [];
		const isDurable = () =>
			existsSync(journalPath(place)) && /"type":"DECISION"/.test(readFileSync(journalPath(place), "utf8"));
		telegram.before = ({ method, body }) => {
			const tells = method === "answerCallbackQuery" || /approved/i.test(String(body.text));
			if (tells && !isDurable()) early.push(method);
		};
		expect(await telegram.press(card, "Approve", { twice: true })).toBe("Approved.");
		await telegram.until(() => /approved/.test(card.text));
		expect(early).toEqual([]);
		expect((await journalOf(place)).filter(({ type }) => type === "DECISION")).toHaveLength(1);
		await telegram.heard();
		expect(telegram.called("answerCallbackQuery")).toHaveLength(1);
	});
});

test("T20: nothing that an agent writes becomes a link, a mention or a command, and nothing is fetched", async () => {
	const hostile =
		"https://evil.example/?q=1 evil.com @everyone @zhaocaiwen /start #tag [x](tg://user?id=1) <b>b</b> *b* _i_ `c` ```\n$(zap) a@b.co +1 555 0100";
	const agent = { agent: "evil.com @all /go", session: "s" };
	await phone.gate.submit(agent, {
		key: "1",
		action: { tool: "shell_execute", command: `echo '${hostile}'` },
		intent: hostile,
	});
	await phone.gate.submit(agent, { key: "2", action: { tool: "send_message", to: "@here evil.com", text: hostile } });
	await phone.gate.submit(agent, {
		key: "3",
		action: { tool: "file_write", path: "evil.com/@all.md", content: hostile },
	});
	const card = await telegram.card(/echo/);
	await telegram.card(/@here/);
	await telegram.card(/@all\.md/);
	await telegram.press(card, "Deny");
	telegram.write(`because of evil.com and @everyone`);
	await telegram.until(() => /denied by/.test(card.text));
	expect(telegram.links()).toEqual([]);
	expect(card.text).toContain("evil.com");
	for (const { method, body } of telegram.calls) {
		if (!/^(sendMessage|editMessageText)$/.test(method)) continue;
		expect(body).toMatchObject({ link_preview_options: { is_disabled: true } });
		expect(body).not.toHaveProperty("parse_mode");
		for (const { type } of body.entities as { type: string }[]) expect(["code", "pre"]).toContain(type);
	}
	for (const { callback_data } of telegram.messages.flatMap(({ buttons }) => buttons)) {
		expect(callback_data).toMatch(/^cs1:[A-Za-z0-9_-]{22}:[a-z0-9]$/);
	}
});

test.each([
	["a command of 100 KB in a line", { tool: "shell_execute", command: `echo ${"a ".repeat(50_000)}` }],
	[
		"blank lines and then a payload",
		{ tool: "file_write", path: "a.txt", content: `ok\n${"\n".repeat(3000)}payload\n` },
	],
	["what is not drawn", { tool: "shell_execute", command: "echo a\u202eb" }],
	["a hidden letter in a path", { tool: "file_write", path: "b\u200b.txt", content: "x" }],
	[
		"a secret",
		{ tool: "shell_execute", command: "curl -H 'Authorization: Bearer abcdefghijklmnop1234567890' https://x.example" },
	],
	["more words of the agent than a phone shows", { tool: "shell_execute", command: "ls" }, "so ".repeat(400)],
	["another kind of line ends", { tool: "file_write", path: "a.txt", content: "old\r\n" }],
] as const)("T16: %s can only be denied from the phone, and it says so", async (_, action, intent?: string) => {
	const { id } = await asked(phone.gate, action, intent ? { intent } : {});
	const card = await telegram.card(/^#\d+ /);
	expect(card.text).toMatch(/Decide it at the desk; here it can be denied\./);
	expect(card.text.length).toBeLessThanOrEqual(3500);
	expect(card.buttons.map(({ text }) => text)).toEqual(["Deny", "Later"]);
	await telegram.press(card, "Deny", { data: dataOf(card, "Deny").replace(/:d$/, ":a") });
	expect(phone.gate.state(id).status).toBe("waiting");
});

test("a gate in an editor says where the request opens in full, to be copied and not to be pressed", async () => {
	await phone.close();
	phone = await openPhone(
		place,
		telegram,
		undefined,
		false,
		({ seq, binding }) => `vscode://x.y/${seq}/${binding.slice(0, 8)}`,
	);
	await asked(phone.gate, { tool: "shell_execute", command: "make" });
	const card = await telegram.card(/make/);
	const [, seq, head] = /^#(\d+) ([0-9a-f]{8})/.exec(card.text) ?? [];
	const link = `vscode://x.y/${seq}/${head}`;
	expect(card.text).toContain(`opens at the desk: ${link}`);
	const { body } = telegram.calls.find(({ method, body }) => method === "sendMessage" && body.text === card.text) ?? {};
	expect(body?.entities).toContainEqual({ type: "code", offset: card.text.indexOf(link), length: link.length });
});
