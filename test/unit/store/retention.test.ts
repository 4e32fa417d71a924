import { existsSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { sha256 } from "../../../src/base/hash.ts";
import type { AuditRecord } from "../../../src/core/audit/record.ts";
import { homeAt } from "../../../src/store/home.ts";
import { verifyWorkspace } from "../../../src/store/readJournal.ts";
import { KEEP, staleDetails } from "../../../src/store/retention.ts";
import { journalPath, makePlace } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const agent = { agent: "test", session: "s" };

test("what ended more than 30 days ago is erased, what waits is kept for ever, and the chain still verifies", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const home = homeAt(place.home);
	const { gate, close } = await openTestGate(place);
	const denied = await gate.submit(agent, {
		key: "1",
		action: { tool: "file_write", path: "a.txt", content: "secret plan\n" },
	});
	if (denied.kind === "asked")
		await gate.decide(denied.request.id, { kind: "deny", reason: "no" }, { by: "alice", via: "terminal" });
	await gate.submit(agent, { key: "2", action: { tool: "file_write", path: "b.txt", content: "still wanted\n" } });
	await close();

	const blob = (text: string) => join(place.home, "blobs", sha256(text).slice(0, 2), sha256(text));
	const soon = await openTestGate(place);
	await soon.close();
	expect(readFileSync(journalPath(place), "utf8")).toContain('"content":"secret plan');
	for (const text of ["secret plan\n", "still wanted\n", "old\n"]) utimesSync(blob(text), 0, 0);

	const later = { ...systemClock, now: () => Date.now() + KEEP + 60_000 };
	const again = await openTestGate(place, { clock: later });
	expect(again.warnings).toEqual([]);
	expect(readFileSync(journalPath(place), "utf8")).not.toContain("secret plan");
	expect(readFileSync(journalPath(place), "utf8")).toContain("still wanted");
	expect(existsSync(blob("secret plan\n"))).toBe(false);
	expect(existsSync(blob("still wanted\n"))).toBe(true);
	expect(again.gate.pending().map((request) => request.key)).toEqual(["2"]);
	await again.gate.submit(agent, { key: "3", action: { tool: "file_write", path: "c.txt", content: "one more\n" } });
	await again.close();
	expect(statSync(journalPath(place)).mode & 0o777).toBe(0o600);
	expect((await verifyWorkspace(home, place.workspace)).code).toBe(0);
	const { gate: third, close: end } = await openTestGate(place);
	expect(third.pending().map((request) => request.key)).toEqual(["2", "3"]);
	await end();
});

test("a request that a crash kept from ending is never stale", () => {
	const record = (type: string, decision?: string) =>
		({
			type,
			decision,
			request: "r",
			time: "2020-01-01T00:00:00.000Z",
			data: { details: "d" },
		}) as unknown as AuditRecord;
	expect(staleDetails([record("REQUEST"), record("DECISION", "approved"), record("INTENT")], Date.now()).size).toBe(0);
	expect(staleDetails([record("REQUEST"), record("DECISION", "denied")], Date.now()).size).toBe(1);
});
