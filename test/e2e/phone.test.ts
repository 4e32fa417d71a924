import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectAgent, submit } from "../support/agent.ts";
import { countersign, GateProcess, isThere, journalOf, makePlace, type Place } from "../support/gateProcess.ts";
import { setChannels } from "../support/phone.ts";
import { PHONES, type PhoneDouble } from "../support/phones.ts";
import { tempDir } from "../support/tempDir.ts";

describe.each(PHONES.map((kind) => [kind.name, kind] as const))("%s", (via, kind) => {
	let double: PhoneDouble;
	beforeEach(async () => {
		double = await kind.start();
	});
	afterEach(() => double.close());

	/** A gate whose person has a phone. */
	async function withPhone(
		files: Readonly<Record<string, string>> = {},
		policy?: string,
		settings = double.settings(),
	): Promise<{ place: Place; gate: GateProcess }> {
		const place = makePlace(files, policy);
		setChannels(place, settings);
		return { place, gate: await GateProcess.start(place) };
	}

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
		const first = await double.card(/cache\/tmp\.log/);
		expect(first.text).toMatch(/^#\d+ [0-9a-f]{8} [^/]+\/workspace\ndelete /);
		expect(existsSync(log)).toBe(true);
		expect(await double.press(first, "Approve")).toBe("Approved.");
		expect(await cache).toMatchObject({ status: "approved", outcome: "executed" });
		expect(existsSync(log)).toBe(false);
		await double.until(
			() => new RegExp(`approved by zhaocaiwen via ${via}, executed`).test(first.text) && first.buttons.length === 0,
		);

		const production = submit(client, "2", { tool: "file_delete", path: config });
		const second = await double.card(/production\/config\.yml/);
		await double.press(second, "Deny");
		await double.until(() => second.buttons.length === kind.reasons);
		await kind.reason(double, second, "production config");
		expect(await production).toMatchObject({ status: "denied", decision: { reason: "production config" } });
		expect(existsSync(config)).toBe(true);
		await double.until(() => new RegExp(`denied by zhaocaiwen via ${via}`).test(second.text));
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
			`APPROVED by zhaocaiwen via ${via}`,
			"EXECUTED: file_delete",
			`REQUEST: file_delete("${config}")`,
			`DENIED by zhaocaiwen via ${via}`,
			"CANCELED: file_delete (reason: production config)",
		]);
		expect((await countersign(place, ["verify"])).code).toBe(0);
		expect(double.links()).toEqual([]);
	});

	test("a gate that is killed with cards standing edits the same cards when it comes back, and their old buttons are dead", async () => {
		const { place, gate } = await withPhone({ "a.txt": "old\n", "b.txt": "old\n", "c.txt": "old\n" });
		const client = await connectAgent(gate);
		for (const name of ["a", "b", "c"]) {
			submit(client, name, { tool: "file_write", path: `${name}.txt`, content: "new\n" }).catch(() => undefined);
			await double.card(new RegExp(`${name}\\.txt`));
		}
		const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => double.card(new RegExp(`${name}\\.txt`))));
		if (!a || !b || !c) throw new Error("no cards");
		const old = [a, b, c].map((card) => kind.dataOf(card, "Approve"));
		await gate.kill("SIGKILL");
		const next = await GateProcess.start(place);
		await double.until(() => [a, b, c].every((card, at) => !["", old[at]].includes(kind.dataOf(card, "Approve"))));
		expect(double.messages).toHaveLength(3);
		expect(await double.press(a, "Approve", { data: old[0] ?? "" })).toMatch(/not good any more|may not/);
		expect(await decisions(place)).toEqual([]);
		await double.until(() => a.buttons.length > 0);
		expect(await double.press(await double.card(/a\.txt/), "Approve")).toBe("Approved.");
		await next.deny((await next.request(/b\.txt/)).id, "no");
		await double.until(() => /executed/.test(a.text) && /denied by .* via terminal/.test(b.text));
		expect(a.buttons).toEqual([]);
		expect(b.buttons).toEqual([]);
		expect(double.messages).toHaveLength(3);

		// What was decided while nobody could say so is said when somebody can again.
		double.cut();
		await next.deny((await next.request(/c\.txt/)).id, "no");
		await next.kill("SIGKILL");
		double.mend();
		const last = await GateProcess.start(place);
		await double.until(() => /denied by .* via terminal/.test(c.text));
		expect(double.messages).toHaveLength(3);
		expect(isThere(place, "c.txt")).toBe(true);
		await last.stop();
	});

	test("whoever is taken off the list is refused at the next press, and a file that is wrong closes the channel", async () => {
		const { place, gate } = await withPhone({ "a.txt": "old\n" }, undefined, kind.withOwner(double));
		const client = await connectAgent(gate);
		const verdict = submit(client, "1", { tool: "file_write", path: "a.txt", content: "new\n" });
		const card = await double.card(/a\.txt/);
		setChannels(place, kind.withoutOwner(double));
		expect(await double.press(card, "Approve")).toBe("You may not decide this.");
		expect(await decisions(place)).toEqual([]);
		expect((await journalOf(place)).filter(({ type }) => type === "UNAUTH_DECISION")).toHaveLength(1);
		setChannels(place, kind.withOwner(double));
		expect(await double.press(card, "Approve")).toBe("Approved.");
		expect(await verdict).toMatchObject({ outcome: "executed" });

		setChannels(place, `${via}: { token: 1 }\n`);
		await gate.event(
			({ event, message }) => event === "warning" && String(message).includes(`channels.yaml, line 1: ${via}.token`),
		);
		const sent = double.called(kind.calls.send).length;
		submit(client, "2", { tool: "file_write", path: "a.txt", content: "newer\n" }).catch(() => undefined);
		await gate.request(2);
		await new Promise((done) => setTimeout(done, 1500));
		expect(double.called(kind.calls.send)).toHaveLength(sent);
		await gate.stop();
	});
});
