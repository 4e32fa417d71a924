import { expect, test } from "vitest";
import type { Request } from "../../../src/core/request.ts";
import { journalOf, makePlace } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const POLICY = `rules:
  - { id: no-force-push, effect: deny, tool: shell_execute, argv: [git, push, --force], reason: "Open a PR." }
`;
const agent = { agent: "test", session: "s" };
const push = { tool: "shell_execute" as const, command: "git push --force" };

test("what a rule denies is denied at once, each time, on record, and no reviewer is shown it as waiting", async () => {
	const place = makePlace({}, POLICY);
	const { gate, close } = await openTestGate(place);
	const shown: string[] = [];
	gate.onDidChange(({ status }) => shown.push(status));
	for (const key of ["1", "2"]) {
		const submission = await gate.submit(agent, { key, action: push, apply: "agent" });
		if (submission.kind !== "asked") throw new Error("It passed.");
		const denied = { status: "denied", decision: { by: "rule no-force-push", via: "policy", reason: "Open a PR." } };
		expect(await gate.verdict(submission.request.id)).toMatchObject(denied);
		expect(gate.resumable(agent, push)).toBeUndefined();
	}
	expect(shown).toEqual(["denied", "denied"]);
	expect(gate.pending()).toEqual([]);
	const records = (await journalOf(place)).filter(({ type }) => type === "REQUEST" || type === "DECISION");
	expect(records).toMatchObject([
		{ type: "REQUEST" },
		{ type: "DECISION", decision: "denied", by: "rule no-force-push", via: "policy", reason: "Open a PR." },
		{ type: "REQUEST" },
		{ type: "DECISION", decision: "denied" },
	]);
	await close();
	const again = await openTestGate(place);
	expect(again.gate.history()).toHaveLength(2);
	expect(again.gate.pending()).toEqual([]);
	await again.close();
});

test("a request that a rule denies cannot be approved, also where the denial was not written any more", async () => {
	const place = makePlace({}, POLICY);
	let isOver = false;
	const failpoint = (name: string) => {
		if (name === "decision.made") isOver = true;
		if (isOver) throw new Error("the process ends here");
	};
	const first = await openTestGate(place, { failpoint });
	await expect(first.gate.submit(agent, { key: "1", action: push, apply: "agent" })).rejects.toThrow("ends here");
	await first.close();
	const { gate, close } = await openTestGate(place);
	const [waiting] = gate.pending() as [Request];
	const choice = { kind: "approve" as const, revision: 1 };
	expect(await gate.decide(waiting.id, choice, { by: "alice", via: "editor" })).toMatchObject({
		kind: "refused",
		reason: expect.stringContaining("Your rule no-force-push denies this"),
	});
	expect(waiting.status).toBe("waiting");
	await close();
});
