import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConnectionLost } from "../../src/endpoint/client.ts";
import { connectAgent, submit } from "../support/agent.ts";
import { CLI, countersign, GateProcess, isThere, journalOf, makePlace } from "../support/gateProcess.ts";
import { PromptProcess } from "../support/promptProcess.ts";
import { atExit } from "../support/tempDir.ts";

test("the article's night: its log, to the letter", async () => {
	const place = makePlace({ "cache/tmp.log": "x", "production/config.yml": "db: prod\n" });
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	const cache = submit(client, "1", { tool: "file_delete", path: "cache/tmp.log" });
	expect(isThere(place, "cache/tmp.log")).toBe(true);
	await gate.approve((await gate.request(1)).id);
	expect(await cache).toMatchObject({ status: "approved", outcome: "executed" });
	expect(isThere(place, "cache/tmp.log")).toBe(false);
	const config = submit(client, "2", { tool: "file_delete", path: "production/config.yml" });
	await gate.deny((await gate.request(2)).id, "production config");
	expect(await config).toMatchObject({ status: "denied", decision: { reason: "production config" } });
	expect(isThere(place, "production/config.yml")).toBe(true);
	await submit(client, "3", { tool: "file_read", path: "production/config.yml" });
	client.close();
	await gate.stop();

	const { stdout } = await countersign(place, ["log"]);
	const me = userInfo().username;
	const stamp = String.raw`\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]`;
	const expected = [
		`REQUEST: file_delete("${place.workspace}/cache/tmp.log")`,
		`APPROVED by ${me} via terminal`,
		"EXECUTED: file_delete",
		`REQUEST: file_delete("${place.workspace}/production/config.yml")`,
		`DENIED by ${me} via terminal`,
		"CANCELED: file_delete (reason: production config)",
	];
	const lines = stdout.trimEnd().split("\n");
	expect(lines.map((line) => line.replace(new RegExp(`^${stamp} `), ""))).toEqual(expected);
	for (const line of lines) expect(line).toMatch(new RegExp(`^${stamp} `));
	expect((await countersign(place, ["log", "--all"])).stdout).toContain("FREE: file_read");
	expect((await countersign(place, ["verify"])).code).toBe(0);

	for (const [format, field] of [
		["jsonl", "hash"],
		["ecs", "event"],
		["ocsf", "class_uid"],
	] as const) {
		const exported = (await countersign(place, ["log", "--format", format])).stdout.trimEnd().split("\n");
		const records = (await journalOf(place)).filter((record) => record.type !== "FREE");
		expect(exported).toHaveLength(records.length);
		for (const line of exported) expect(JSON.parse(line)).toHaveProperty(field);
	}
});

test("nothing is on the disk before the decision, and a lost connection or a restart loses nothing", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const first = await GateProcess.start(place);
	const client = await connectAgent(first);
	const lost = submit(client, "k", { tool: "file_write", path: "a.txt", content: "new\n" }).catch((error) => error);
	await first.request(1);
	await first.stop();
	expect(await lost).toBeInstanceOf(ConnectionLost);
	expect(readFileSync(join(place.workspace, "a.txt"), "utf8")).toBe("old\n");
	expect((await countersign(place, ["pending"])).stdout).toMatch(/normal +test-agent +file_write/);

	const second = await GateProcess.start(place);
	const { id } = await second.request(1);
	const again = submit(await connectAgent(second), "k", { tool: "file_write", path: "a.txt", content: "new\n" });
	await second.approve(id);
	expect(await again).toMatchObject({ id, outcome: "executed" });
	expect(readFileSync(join(place.workspace, "a.txt"), "utf8")).toBe("new\n");
	await second.stop();
	expect((await countersign(place, ["pending"])).stdout).toBe("Nothing waits.\n");
});

test("a file that moved on is shown again before it can be approved", async () => {
	const place = makePlace({ "a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n9\n" });
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	const answer = submit(client, "k", { tool: "file_write", path: "a.txt", content: "ONE\n2\n3\n4\n5\n6\n7\n8\n9\n" });
	const { id } = await gate.request(1);
	writeFileSync(join(place.workspace, "a.txt"), "1\n2\n3\n4\n5\n6\n7\n8\nNINE\n");
	gate.tell({ approve: id });
	await gate.event(
		(event) =>
			event.event === "warning" && /changed after it was shown. Look at revision 2/.test(String(event.message)),
	);
	const revised = await gate.event((event) => event.event === "request" && event.revision === 2);
	expect(readFileSync(join(place.workspace, "a.txt"), "utf8")).toContain("NINE");

	// A second click right behind the first was meant for revision 1.
	gate.tell({ approve: id });
	await gate.event(
		(event) => event.event === "warning" && /Revision 2 was printed a moment ago/.test(String(event.message)),
	);
	gate.tell({ approve: id, revision: revised.revision });
	expect(await answer).toMatchObject({ revision: 2, outcome: "executed" });
	expect(readFileSync(join(place.workspace, "a.txt"), "utf8")).toBe("ONE\n2\n3\n4\n5\n6\n7\n8\nNINE\n");
	await gate.stop();
});

test("what nobody decides in the policy's time is denied, never approved, and the agent is told to ask again", async () => {
	const place = makePlace({ "a.txt": "old\n" }, "expire_after: 2s\n");
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	const from = Date.now();
	const verdict = submit(client, "1", { tool: "file_write", path: "a.txt", content: "new\n" });
	const { id } = await gate.request(1);
	expect(await verdict).toMatchObject({
		status: "denied",
		decision: {
			by: "expire_after",
			via: "policy",
			reason: "Nobody decided within 2s. Ask again if it is still needed.",
		},
	});
	expect(Date.now() - from).toBeGreaterThan(1900);
	await gate.tell({ approve: id });
	await gate.stop();
	expect(readFileSync(join(place.workspace, "a.txt"), "utf8")).toBe("old\n");
	expect((await countersign(place, ["log"])).stdout).toContain("DENIED by expire_after via policy");
	expect((await journalOf(place)).map(({ type }) => type)).not.toContain("INTENT");
});

test("an edited approval writes exactly the reviewer's text", async () => {
	const place = makePlace();
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	const answer = submit(client, "k", { tool: "file_write", path: "new.txt", content: "theirs\n" });
	const { id } = await gate.request(1);
	gate.tell({ approve: id, content: "mine, no newline at the end" });
	expect(await answer).toMatchObject({ outcome: "executed", decision: { edited: true } });
	expect(readFileSync(join(place.workspace, "new.txt"), "utf8")).toBe("mine, no newline at the end");
	await gate.stop();
});

test("protected cannot be approved at a terminal and keeps waiting; first decision wins", async () => {
	const place = makePlace({ "a.txt": "x" });
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	void submit(client, "p", { tool: "file_write", path: ".claude/settings.json", content: "{}" }).catch(() => undefined);
	const { id, tier } = await gate.request(1);
	expect(tier).toBe("protected");
	gate.tell({ approve: id });
	await gate.event(
		(event) => event.event === "warning" && /protected: it cannot be approved by terminal/.test(String(event.message)),
	);
	expect(isThere(place, ".claude/settings.json")).toBe(false);
	await gate.deny(id, "not yours");
	gate.tell({ approve: id });
	await gate.event((event) => event.event === "warning" && /Too late: denied by/.test(String(event.message)));
	await gate.stop();
	expect((await journalOf(place)).filter((record) => record.type === "DECISION")).toHaveLength(1);
});

test("bad decisions are answered and decide nothing", async () => {
	const place = makePlace({ "a.txt": "x" });
	const gate = await GateProcess.start(place);
	void submit(await connectAgent(gate), "k", { tool: "file_delete", path: "a.txt" }).catch(() => undefined);
	const { id } = await gate.request(1);
	const bad = [
		"yes",
		"{}",
		`{"approve":"${id}","deny":"${id}"}`,
		`{"approve":"${id}","force":true}`,
		`{"approve":"${"0".repeat(32)}"}`,
		"[]",
		'{"approve":1}',
		`{"approve":"${id}","revision":7}`,
	];
	for (const line of bad) gate.process.stdin?.write(`${line}\n`);
	await gate.event(() => gate.events.filter((event) => event.event === "warning").length === bad.length);
	expect((await countersign(place, ["pending"])).stdout).toContain("file_delete");
	expect(isThere(place, "a.txt")).toBe(true);
	await gate.stop();
});

test("a reader that does not read never stalls the gate", async () => {
	const place = makePlace();
	const child = spawn(process.execPath, [CLI, "serve", "--json", "--workspace", place.workspace], {
		env: place.environment,
		stdio: ["pipe", "pipe", "pipe"],
	});
	atExit(() => child.kill("SIGKILL"));
	await new Promise<void>((ready) => child.stdout.once("readable", () => ready()));
	child.stdout.pause();
	const stalled = { discovery: (await waitForDiscovery(place)).discovery } as GateProcess;
	const big = "x".repeat(100_000);
	for (let session = 0; session < 30; session++) {
		const client = await connectAgent(stalled, "flood", String(session));
		expect(await submit(client, "k", { tool: "log_write", text: "alive" })).toMatchObject({ status: "approved" });
		expect(await submit(client, "s", { tool: "shell_execute", command: `echo ${big}` }, 0)).toMatchObject({
			status: "waiting",
		});
		client.close();
	}
	child.kill("SIGKILL");
});

async function waitForDiscovery(place: ReturnType<typeof makePlace>) {
	const { findDiscovery } = await import("../../src/store/discovery.ts");
	const { homeAt } = await import("../../src/store/home.ts");
	for (;;) {
		const discovery = findDiscovery(homeAt(place.home), place.workspace, "");
		if (discovery) return { discovery };
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

test("at the prompt a stray key decides nothing and high is asked twice", async () => {
	const place = makePlace({ "tree/a.txt": "x" });
	const prompt = new PromptProcess(place);
	const client = await connectAgent({ discovery: await prompt.discovery() } as GateProcess);
	const answer = submit(client, "k", { tool: "file_delete", path: "tree", recursive: true });
	const [, id = ""] = await prompt.see(/([0-9a-f]{8}) file_delete/);
	for (const stray of ["", "a", "y", "yes", "approve", "approve zzz"]) prompt.type(stray);
	await prompt.see(/Nothing that waits begins with zzz/);
	prompt.type(`approve ${id}`);
	await prompt.see(/This is high: It deletes a folder with everything in it/);
	expect(isThere(place, "tree/a.txt")).toBe(true);
	prompt.type("list");
	prompt.type(`approve ${id}`);
	await prompt.see(/This is high[\s\S]*This is high/);
	expect(isThere(place, "tree/a.txt")).toBe(true);
	prompt.type(`approve ${id}`);
	expect(await answer).toMatchObject({ outcome: "executed" });
	expect(isThere(place, "tree")).toBe(false);
	await prompt.stop();
});

test("who waits is told of once more at each step of the ladder, all in one, and nothing is decided by it", async () => {
	const place = makePlace({}, "remind_after: [1s, 3s]\n");
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	for (const key of ["a", "b", "c"]) {
		void submit(client, key, { tool: "file_write", path: `${key}.txt`, content: key }).catch(() => undefined);
	}
	await gate.request(3);
	const reminders = () =>
		gate.events.filter(({ message }) => /3 requests have waited, the oldest for/.test(String(message)));
	await expect.poll(reminders, { timeout: 10_000 }).toHaveLength(2);
	await new Promise((resolve) => setTimeout(resolve, 2000));
	expect(reminders()).toHaveLength(2);
	expect(gate.events.some(({ event }) => event === "decided")).toBe(false);
	await gate.stop();
});
