import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import { journalOf, journalPath, makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone } from "../../support/phone.ts";
import { PHONES, type PhoneDouble } from "../../support/phones.ts";

const alice = { by: "alice", via: "terminal" as const };

describe.each(PHONES.map((kind) => [kind.name, kind] as const))("%s", (via, kind) => {
	const { dataOf } = kind;
	let double: PhoneDouble;
	let place: Place;
	let phone: Awaited<ReturnType<typeof openPhone>>;
	beforeEach(async () => {
		double = await kind.start();
		place = makePlace({ "a.txt": "old\n", ".env": "KEY=1\n" });
		phone = await openPhone(place, double);
	});
	afterEach(async () => {
		await phone.close();
		await double.close();
	});

	const read = (path: string) => readFileSync(join(place.workspace, path), "utf8");
	const write = (content = "new\n") => asked(phone.gate, { tool: "file_write", path: "a.txt", content });

	describe("T46: a press by", () => {
		test.each(kind.strangers)("%s decides nothing, and the right person still can", async (_, press) => {
			const { id } = await write();
			const card = await double.card(/a\.txt/);
			expect(await double.press(card, "Approve", press)).toMatch(
				/^(You may not decide this\.|This button is not good any more\.)/,
			);
			expect(phone.gate.state(id).status).toBe("waiting");
			expect(await phone.records("DECISION")).toEqual([]);
			const [record] = await phone.records("UNAUTH_DECISION");
			const user = "from" in press ? String(press.from) : kind.owner;
			expect(record).toMatchObject({ via, data: { user } });
			expect(phone.warnings.join()).toMatch(/pressed a button/);
			expect(await double.press(await double.card(/a\.txt/), "Approve")).toBe("Approved.");
			expect(await phone.gate.verdict(id)).toMatchObject({
				outcome: "executed",
				decision: { by: "zhaocaiwen", via },
			});
		});

		test("the right person with an approval that was not offered decides nothing: high stays at the desk", async () => {
			const { id } = await asked(phone.gate, { tool: "file_write", path: ".env", content: "KEY=2\n" });
			const card = await double.card(/\.env/);
			expect(card.buttons.map(({ text }) => text)).toEqual(["Deny", "Later"]);
			const data = dataOf(card, "Deny").replace(/:d$/, ":a");
			expect(await double.press(card, "Deny", { data })).toBe("You may not decide this.");
			expect(phone.gate.state(id).status).toBe("waiting");
			expect(await phone.records("UNAUTH_DECISION")).toHaveLength(1);
			await double.until(() => dataOf(card, "Deny") !== "" && dataOf(card, "Deny") !== data.replace(/:a$/, ":d"));
			await double.press(card, "Deny");
			await double.until(() => card.buttons.length === kind.reasons);
			await double.press(card, "It is production.");
			expect(await phone.gate.verdict(id)).toMatchObject({
				status: "denied",
				decision: { reason: "It is production." },
			});
		});
	});

	describe("T47: a button", () => {
		test("that was used, or is of a request decided elsewhere, is refused with what is true", async () => {
			const { id } = await write();
			const card = await double.card(/a\.txt/);
			const used = dataOf(card, "Approve");
			await double.press(card, "Approve");
			expect(await phone.gate.verdict(id)).toMatchObject({ outcome: "executed" });
			await double.until(() => card.buttons.length === 0 && /executed/.test(card.text));
			expect(await double.press(card, "", { data: used })).toBe(
				`Too late: approved by zhaocaiwen via ${via}, executed.`,
			);

			const second = await write("newer\n");
			const other = await double.card(new RegExp(`#${second.seq} `));
			const data = dataOf(other, "Approve");
			await phone.gate.decide(second.id, { kind: "deny", reason: "no" }, alice);
			expect(await double.press(other, "", { data })).toBe("Too late: denied by alice via terminal.");
			await double.until(() => /denied by alice via terminal/.test(other.text) && other.buttons.length === 0);
			expect(read("a.txt")).toBe("new\n");
		});

		test("of request A decides nothing of request B", async () => {
			const a = await write();
			const b = await asked(phone.gate, { tool: "file_write", path: "b.txt", content: "b\n" });
			const [one, other] = [await double.card(/a\.txt/), await double.card(/b\.txt/)];
			expect(await double.press(other, "", { data: dataOf(one, "Approve") })).toBe("You may not decide this.");
			expect([a, b].map(({ id }) => phone.gate.state(id).status)).toEqual(["waiting", "waiting"]);
			expect(await phone.records("UNAUTH_DECISION")).toHaveLength(1);
		});

		test("from before a restart is dead, and the same card has new ones", async () => {
			const { id } = await write();
			const card = await double.card(/a\.txt/);
			const old = dataOf(card, "Approve");
			await phone.close();
			phone = await openPhone(place, double);
			await double.until(() => dataOf(card, "Approve") !== old);
			expect(await double.press(card, "", { data: old })).toMatch(/may not|not good/);
			expect(phone.gate.state(id).status).toBe("waiting");
			expect(double.messages).toHaveLength(1);
			await double.until(() => card.buttons.length > 0);
			expect(await double.press(await double.card(/a\.txt/), "Approve")).toBe("Approved.");
		});

		test("of a request that moved on approves nothing: the next revision is shown on the same card", async () => {
			const { id } = await write();
			const card = await double.card(/a\.txt/);
			writeFileSync(join(place.workspace, "a.txt"), "somebody else\n");
			expect(await double.press(card, "Approve")).toMatch(/^Nothing is decided/);
			await double.until(() => /revision 2/.test(card.text) && card.buttons.length > 0);
			expect(phone.gate.state(id)).toMatchObject({ status: "waiting", revision: 2 });
			expect(read("a.txt")).toBe("somebody else\n");
		});

		test("is answered, and its card says approved, only after the decision is in the journal", async () => {
			await write();
			const card = await double.card(/a\.txt/);
			const early: string[] = [];
			const isDurable = () =>
				existsSync(journalPath(place)) && /"type":"DECISION"/.test(readFileSync(journalPath(place), "utf8"));
			double.before = ({ method, body }) => {
				const words = String(body.text ?? body.content);
				const tells = method === kind.calls.tell || /approved/i.test(words);
				if (tells && !isDurable()) early.push(method);
			};
			expect(await double.press(card, "Approve", { twice: true })).toBe("Approved.");
			await double.until(() => /approved/.test(card.text));
			expect(early).toEqual([]);
			expect((await journalOf(place)).filter(({ type }) => type === "DECISION")).toHaveLength(1);
			await double.heard();
			expect(double.called(kind.calls.tell)).toHaveLength(1);
		});
	});

	test("T20: nothing that an agent writes becomes a link, a mention or a command, and nothing is fetched", async () => {
		const agent = { agent: "evil.com @all /go", session: "s" };
		await phone.gate.submit(agent, {
			key: "1",
			action: { tool: "shell_execute", command: `echo '${HOSTILE}'` },
			intent: HOSTILE,
		});
		await phone.gate.submit(agent, { key: "2", action: { tool: "send_message", to: "@here evil.com", text: HOSTILE } });
		await phone.gate.submit(agent, {
			key: "3",
			action: { tool: "file_write", path: "evil.com/@all.md", content: HOSTILE },
		});
		const card = await double.card(/echo/);
		await double.card(/@here/);
		await double.card(/@all\.md/);
		await double.press(card, "Deny");
		await double.until(() => card.buttons.length === kind.reasons);
		await kind.reason(double, card, `because of evil.com, ${HOSTILE}`);
		await double.until(() => /denied by/.test(card.text));
		expect(double.links()).toEqual([]);
		expect(card.text).toContain("evil.com");
		for (const { method, body } of double.calls) {
			if (method === kind.calls.send || method === kind.calls.edit) expect(body).toMatchObject(SAFE[via]);
			for (const { type } of (body.entities ?? []) as { type: string }[]) expect(["code", "pre"]).toContain(type);
			expect(body).not.toHaveProperty("parse_mode");
			expect(body).not.toHaveProperty("embeds");
		}
		for (const data of double.outbound.matchAll(/"(?:callback_data|custom_id)":"(.*?)"/g)) {
			expect(data[1]).toMatch(/^(?:cs1:[A-Za-z0-9_-]{22}:[a-z0-9]|reason)$/);
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
		["what makes more of itself where it is shown", { tool: "shell_execute", command: `echo ${"`".repeat(1700)}` }],
		[
			"a secret",
			{
				tool: "shell_execute",
				command: "curl -H 'Authorization: Bearer abcdefghijklmnop1234567890' https://x.example",
			},
		],
		["more words of the agent than a phone shows", { tool: "shell_execute", command: "ls" }, "so ".repeat(400)],
		["another kind of line ends", { tool: "file_write", path: "a.txt", content: "old\r\n" }],
	] as const)("T16: %s can only be denied from the phone, and it says so", async (what, action, intent?: string) => {
		const { id } = await asked(phone.gate, action, intent ? { intent } : {});
		const card = await double.card(/^#\d+ /);
		expect(card.text.length).toBeLessThanOrEqual(kind.most);
		if (via === "telegram" && /more of itself/.test(what)) return;
		expect(card.text).toMatch(/Decide it at the desk; here it can be denied\./);
		expect(card.buttons.map(({ text }) => text)).toEqual(["Deny", "Later"]);
		await double.press(card, "Deny", { data: dataOf(card, "Deny").replace(/:d$/, ":a") });
		expect(phone.gate.state(id).status).toBe("waiting");
	});

	test("more than five wait: five cards and one sentence, and the next ones come as these are decided", async () => {
		for (let at = 0; at < 8; at++)
			await asked(phone.gate, { tool: "file_write", path: `f${at}.txt`, content: "new\n" });
		await double.until(() => double.messages.some(({ text }) => /3 more requests wait/.test(text)));
		expect(double.messages.filter(({ buttons }) => buttons.length > 0)).toHaveLength(5);
		await double.press(await double.card(/f0\.txt/), "Approve");
		await double.card(/f5\.txt/);
		expect(double.messages.filter(({ text }) => /more request/.test(text))).toHaveLength(1);
	});

	test("later is later: nothing is decided, and other buttons stand there", async () => {
		const { id } = await write();
		const card = await double.card(/a\.txt/);
		const data = dataOf(card, "Approve");
		expect(await double.press(card, "Later")).toMatch(/Nothing is decided.*in an hour/);
		await double.until(() => card.buttons.length > 0 && dataOf(card, "Approve") !== data);
		expect(phone.gate.state(id).status).toBe("waiting");
		expect(await double.press(card, "Approve")).toBe("Approved.");
	});
});

const HOSTILE =
	"https://evil.example/?q=1 evil.com @everyone @zhaocaiwen <@700000000000000777> <@&1> <#8> <t:0> <a:b:1> </go:1> /start #tag [x](tg://user?id=1) [y](https://evil.example) <b>b</b> *b* __u__ _i_ ~~s~~ ||s|| `c` ``` ````\n# h\n> q\n-# s\n- l\n```js\n$(zap) a@b.co +1 555 0100";

/** No preview, no mention: on every message that goes out. */
const SAFE = {
	telegram: { link_preview_options: { is_disabled: true } },
	discord: { flags: 4, allowed_mentions: { parse: [] } },
};
