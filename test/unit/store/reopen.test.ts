import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { homeAt } from "../../../src/store/home.ts";
import { verifyWorkspace } from "../../../src/store/readJournal.ts";
import { FaultDisk } from "../../support/faultDisk.ts";
import { journalOf, journalPath, makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const agent = { agent: "test", session: "s" };
const alice = { by: "alice", via: "terminal" as const };
const journalLines = (place: Place) => readFileSync(journalPath(place), "utf8").split("\n").slice(0, -1);
const isPrivate = (line: string) => line.startsWith('{"details":');
/** Takes the private lines out of the journal that were not there before. */
function loseDetails(place: Place, before: readonly string[]): void {
	const kept = journalLines(place).filter((line) => !isPrivate(line) || before.includes(line));
	expect(kept.length).toBeLessThan(journalLines(place).length);
	writeFileSync(journalPath(place), kept.map((line) => `${line}\n`).join(""));
}
const verify = async (place: Place) => (await verifyWorkspace(homeAt(place.home), place.workspace)).code;

async function waiting(gate: Awaited<ReturnType<typeof openTestGate>>["gate"], key: string, content = "AGENT\n") {
	const submission = await gate.submit(agent, { key, action: { tool: "file_write", path: `${key}.txt`, content } });
	if (submission.kind === "passed") throw new Error("it passed");
	return submission.request;
}

test("of two decisions in one tick, one of which the disk refuses, neither is believed without its record", async () => {
	for (let failAt = 1; failAt <= 8; failAt++) {
		const place = makePlace();
		const faulty = new FaultDisk({ code: "ENOSPC", short: true });
		const { gate, close } = await openTestGate(place, { disk: faulty.disk });
		const requests = [await waiting(gate, "a"), await waiting(gate, "b")];
		faulty.count = 0;
		faulty.plan.failAt = failAt;
		const deny = { kind: "deny", reason: "no" } as const;
		const results = await Promise.allSettled(requests.map(({ id }) => gate.decide(id, deny, alice)));
		faulty.heal();
		const denied = (await journalOf(place))
			.filter((record) => record.type === "DECISION")
			.map((record) => record.request);
		for (const [index, { id, status }] of requests.entries()) {
			const isDone = results[index]?.status === "fulfilled";
			expect(status === "denied").toBe(isDone);
			if (isDone) expect(denied).toContain(id);
		}
		for (const { id, status } of requests) if (status === "waiting") await gate.decide(id, deny, alice);
		await close();
		const decisions = (await journalOf(place)).filter((record) => record.type === "DECISION");
		expect(decisions.map((record) => record.request).sort()).toEqual(requests.map(({ id }) => id).sort());
		expect(await verify(place)).toBe(0);
	}
});

describe("when the private half was lost in a power cut", () => {
	test("an edited approval never becomes an approval of the agent's own bytes", async () => {
		const place = makePlace();
		const first = await openTestGate(place, { failpoint: () => undefined, isDirty: () => false });
		const { id } = await waiting(first.gate, "a");
		const before = journalLines(place);
		await first.gate.decide(id, { kind: "approve", revision: 1, content: Buffer.from("REVIEWER\n") }, alice);
		// The gate stops before the effect is recorded; then the details of the decision are gone.
		await first.gate.verdict(id);
		await first.close();
		rmSync(join(place.workspace, "a.txt"));
		loseDetails(place, before);
		const second = await openTestGate(place);
		const state = await second.gate.verdict(id);
		expect(state.outcome).not.toBeNull();
		expect(existsSync(join(place.workspace, "a.txt"))).toBe(false);
		await second.close();
	});

	test("a later revision was never shown: the one before still waits, once", async () => {
		const place = makePlace({ "a.txt": "old\n" });
		const first = await openTestGate(place);
		const { id } = await waiting(first.gate, "a");
		const before = journalLines(place);
		writeFileSync(join(place.workspace, "a.txt"), "moved on\n");
		await first.gate.decide(id, { kind: "approve", revision: 1 }, alice);
		expect(first.gate.state(id).revision).toBe(2);
		await first.close();
		loseDetails(place, before);
		const second = await openTestGate(place);
		expect(second.gate.state(id)).toMatchObject({ status: "waiting", revision: 1 });
		expect((await journalOf(place)).some((record) => record.type === "DECISION")).toBe(false);
		await second.close();
	});
});

test("a target that cannot be looked at any more keeps no gate from starting", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const first = await openTestGate(place);
	const submission = await first.gate.submit(agent, {
		key: "k",
		apply: "agent",
		action: { tool: "file_write", path: "a.txt", content: "new\n" },
	});
	if (submission.kind === "passed") throw new Error("it passed");
	const { id } = submission.request;
	await first.gate.decide(id, { kind: "approve", revision: 1 }, alice);
	expect(await first.gate.verdict(id)).toMatchObject({ outcome: "executing" });
	await first.close();
	rmSync(join(place.workspace, "a.txt"));
	mkdirSync(join(place.workspace, "a.txt"));
	const second = await openTestGate(place);
	expect(second.gate.state(id)).toMatchObject({
		outcome: "unknown",
		detail: expect.stringMatching(/not a regular file/),
	});
	await second.close();
});

test("what was approved and not collected yet cannot be approved again by a lower channel", async () => {
	const place = makePlace({ ".env": "A=1\n" });
	const { gate, close } = await openTestGate(place);
	const submission = await gate.submit(agent, {
		key: "k",
		apply: "agent",
		action: { tool: "file_write", path: ".env", content: "A=2\n" },
	});
	if (submission.kind === "passed") throw new Error("it passed");
	await gate.decide(submission.request.id, { kind: "approve", revision: 1 }, alice);
	const again = await gate.decide(
		submission.request.id,
		{ kind: "approve", revision: 77, content: Buffer.from("x") },
		{ by: "bob", via: "telegram" },
	);
	expect(again).toMatchObject({ kind: "refused", reason: "Too late: approved by alice via terminal." });
	await close();
});

test("a folder that holds a protected file is protected as a whole", async () => {
	const place = makePlace(
		{ "config/production/config.yml": "db\n", "app/.vscode/settings.json": "{}" },
		'protect: ["**/production/**"]\n',
	);
	const { gate, close } = await openTestGate(place);
	for (const path of ["config", "app"]) {
		const submission = await gate.submit(agent, { key: path, action: { tool: "file_delete", path, recursive: true } });
		expect(submission).toMatchObject({ kind: "asked", request: { plan: { tier: "protected" } } });
		const moved = await gate.submit(agent, {
			key: `${path}-move`,
			apply: "agent",
			action: { tool: "file_rename", from: path, to: "elsewhere" },
		});
		expect(moved).toMatchObject({ kind: "asked", request: { plan: { tier: "protected" } } });
	}
	await close();
});
