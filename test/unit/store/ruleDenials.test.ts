import { writeFileSync } from "node:fs";
import { join } from "node:path";
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

test("a denial of a rule that a crash kept from being written is written at the next start", async () => {
	const place = makePlace({}, POLICY);
	let isOver = false;
	const failpoint = (name: string) => {
		if (name === "decision.made") isOver = true;
		if (isOver) throw new Error("the process ends here");
	};
	const first = await openTestGate(place, { failpoint });
	await expect(first.gate.submit(agent, { key: "1", action: push, apply: "agent" })).rejects.toThrow("ends here");
	expect(first.gate.pending()).toHaveLength(1);
	isOver = false;
	await first.close();
	const { gate, close } = await openTestGate(place);
	expect(gate.pending()).toEqual([]);
	expect(gate.history()).toMatchObject([{ status: "denied", decision: { by: "rule no-force-push" } }]);
	await close();
});

test("a rule that came after the asking has the last word, and one that went has none", async () => {
	const place = makePlace();
	const first = await openTestGate(place);
	await first.gate.submit(agent, { key: "1", action: push, apply: "agent" });
	await first.close();
	const policy = join(place.home, "policy.yaml");
	writeFileSync(policy, POLICY);
	const second = await openTestGate(place);
	const [waiting] = second.gate.pending() as [Request];
	const choice = { kind: "approve" as const, revision: 1 };
	const alice = { by: "alice", via: "editor" as const };
	expect(await second.gate.decide(waiting.id, choice, alice)).toMatchObject({
		kind: "refused",
		reason: expect.stringContaining("Your rule no-force-push denies this"),
	});
	await second.close();
	writeFileSync(policy, "rules: []\n");
	const third = await openTestGate(place);
	// It went outside of the gate: it holds until a person has adopted that.
	expect(await third.gate.decide(waiting.id, choice, alice)).toMatchObject({ kind: "refused" });
	const [proposal] = third.policy.current.proposals;
	await third.policy.adopt(proposal?.sha256 ?? "", alice);
	expect(await third.gate.decide(waiting.id, choice, alice)).toMatchObject({ kind: "done" });
	await third.close();
});

test("an approval that was not used yet ends with a rule that denies it", async () => {
	const place = makePlace();
	const first = await openTestGate(place);
	const submission = await first.gate.submit(agent, { key: "1", action: push, apply: "agent" });
	if (submission.kind !== "asked") throw new Error("It passed.");
	const { id } = submission.request;
	await first.gate.decide(id, { kind: "approve", revision: 1 }, { by: "alice", via: "editor" });
	await first.close();
	writeFileSync(join(place.home, "policy.yaml"), POLICY);
	const second = await openTestGate(place);
	expect(await second.gate.verdict(id)).toMatchObject({ status: "approved", outcome: "failed" });
	expect((await journalOf(place)).map(({ type }) => type)).not.toContain("INTENT");
	await second.close();
});

test("a rule on files denies what takes their folder whole, too", async () => {
	const rule = "{ id: keep, effect: deny, tool: file_delete, path: 'src/keep/**' }";
	const place = makePlace({ "src/keep/a.txt": "a\n", "src/other/b.txt": "b\n" }, `rules:\n  - ${rule}\n`);
	const { gate, close } = await openTestGate(place);
	const remove = async (key: string, path: string) => {
		const submission = await gate.submit(agent, { key, action: { tool: "file_delete", path, recursive: true } });
		return submission.kind === "asked" ? submission.request.status : "passed";
	};
	expect(await remove("1", "src")).toBe("denied");
	expect(await remove("2", "src/keep")).toBe("denied");
	expect(await remove("3", "src/other")).toBe("waiting");
	await close();
});
