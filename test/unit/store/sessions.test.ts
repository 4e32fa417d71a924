import { expect, test } from "vitest";
import { FaultDisk } from "../../support/faultDisk.ts";
import { journalOf, makePlace } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const agent = { agent: "codex", session: "s-1" };
const alice = { by: "alice", via: "editor" as const };
const thirdCall = { tool: "shell_execute", target: "rm c" };
const remove = (path: string) => ({ tool: "shell_execute" as const, command: `rm ${path}` });

test("what went round the gate is told until a person has seen it, over a restart too", async () => {
	const place = makePlace();
	const first = await openTestGate(place);
	await first.gate.sessions.ranUnasked(agent, remove("a"));
	await first.gate.sessions.ranUnasked(agent, remove("b"));
	const shown = first.gate.sessions.bypasses();
	await first.gate.sessions.ranUnasked(agent, remove("c"));
	await first.close();

	const second = await openTestGate(place);
	expect(second.gate.sessions.bypasses().map(({ target }) => target)).toEqual(["rm a", "rm b", "rm c"]);
	await second.gate.sessions.acknowledge(second.gate.sessions.bypasses().slice(0, shown.length), alice);
	expect(second.gate.sessions.bypasses().map(({ target }) => target)).toEqual(["rm c"]);
	await second.close();

	const third = await openTestGate(place);
	expect(third.gate.sessions.bypasses()).toEqual([{ identity: agent, ...thirdCall, time: expect.any(Number) }]);
	await third.close();
});

test("what went round the gate is told also when the audit log cannot be written", async () => {
	const place = makePlace();
	const faulty = new FaultDisk({ code: "EROFS", lasting: true });
	const { gate, close } = await openTestGate(place, { disk: faulty.disk });
	const told: string[] = [];
	gate.onDidWarn((message) => told.push(message));
	faulty.plan.failAt = 1;
	await expect(gate.sessions.ranUnasked(agent, remove("a"))).rejects.toThrow();
	expect(gate.sessions.bypasses()).toHaveLength(1);
	expect(told).toEqual([expect.stringContaining("codex ran shell_execute rm a without asking")]);
	faulty.heal();
	await close();
});

test("what is free went round nothing; what cannot be judged did", async () => {
	const place = makePlace({ "a.txt": "a\n" });
	const { gate, close } = await openTestGate(place);
	await gate.sessions.ranUnasked(agent, { tool: "file_read", path: "a.txt" });
	await gate.sessions.ranUnasked(agent, { tool: "log_write", text: "done" });
	expect(gate.sessions.bypasses()).toEqual([]);
	await gate.sessions.ranUnasked(agent, { tool: "file_write", path: "x/../../a.txt", content: "" });
	expect(gate.sessions.bypasses()).toMatchObject([{ tool: "file_write" }]);
	expect((await journalOf(place)).filter(({ type }) => type === "BYPASS")).toHaveLength(1);
	await close();
});

test("a session counts as heard from its first call or sign of life, the latest first", async () => {
	const { gate, close } = await openTestGate(makePlace());
	expect(gate.sessions.all()).toEqual([]);
	gate.sessions.heard(agent);
	await gate.submit({ agent: "script", session: "" }, { key: "1", action: { tool: "log_write", text: "hi" } });
	gate.sessions.heard({ ...agent, version: "2" });
	expect(gate.sessions.all().map(({ identity }) => identity)).toEqual([agent, { agent: "script", session: "" }]);
	for (let n = 0; n < 150; n++) gate.sessions.heard({ agent: "flood", session: `${n}` });
	expect(gate.sessions.all()).toHaveLength(100);
	await close();
});

test("what nobody was shown is not acknowledged: not by a second dialog, nor for what the journal could not take", async () => {
	const place = makePlace();
	const faulty = new FaultDisk({ code: "ENOSPC" });
	const { gate, close } = await openTestGate(place, { disk: faulty.disk });
	faulty.count = 0;
	faulty.plan.failAt = 1;
	await expect(gate.sessions.ranUnasked(agent, remove("lost"))).rejects.toThrow();
	faulty.heal();
	const shown = gate.sessions.bypasses();
	await gate.sessions.ranUnasked(agent, remove("later"));
	await Promise.all([gate.sessions.acknowledge(shown, alice), gate.sessions.acknowledge(shown, alice)]);
	expect(gate.sessions.bypasses()).toMatchObject([{ target: "rm later" }]);
	await close();
	const again = await openTestGate(place);
	expect(again.gate.sessions.bypasses()).toMatchObject([{ target: "rm later" }]);
	await again.gate.sessions.ranUnasked(agent, remove("last"));
	const [later] = again.gate.sessions.bypasses();
	const listed = later ? [later] : [];
	await Promise.all([again.gate.sessions.acknowledge(listed, alice), again.gate.sessions.acknowledge(listed, alice)]);
	await again.close();
	const third = await openTestGate(place);
	expect(third.gate.sessions.bypasses()).toMatchObject([{ target: "rm last" }]);
	await third.close();
});

test("a flood of them stays readable: cut, counted, and not a message each", async () => {
	const { gate, close } = await openTestGate(makePlace());
	const told: string[] = [];
	gate.onDidWarn((message) => told.push(message));
	for (let n = 0; n < 40; n++) await gate.sessions.ranUnasked(agent, remove(`${n} ${"x".repeat(5000)}`));
	expect(told.length).toBeLessThan(25);
	expect(gate.sessions.bypasses()).toHaveLength(40);
	for (const { target } of gate.sessions.bypasses()) expect(target.length).toBeLessThan(1100);
	await close();
});

test("a session that went round the gate counts as gated again with its next call, not with a sign of life", async () => {
	const { gate, close } = await openTestGate(makePlace());
	const isRound = () => gate.sessions.all()[0]?.wentRound;
	gate.sessions.heard(agent);
	expect(isRound()).toBe(false);
	await gate.sessions.ranUnasked(agent, remove("a"));
	await gate.sessions.acknowledge(gate.sessions.bypasses(), alice);
	gate.sessions.heard(agent);
	expect(isRound()).toBe(true);
	await gate.submit(agent, { key: "1", action: { tool: "log_write", text: "hi" } });
	expect(isRound()).toBe(false);
	await close();
});
