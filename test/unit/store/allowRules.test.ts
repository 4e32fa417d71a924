import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Gate } from "../../../src/core/gate.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { journalOf, makePlace } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const DOCS = '  - { id: docs, effect: allow, tool: file_write, path: "docs/**/*.md" }\n';
const POLICY = `rules:\n${DOCS}`;
const agent = { agent: "test", session: "s" };
const alice = { by: "alice", via: "editor" as const };
let count = 0;

const write = (path: string, content = "x"): Action => ({ tool: "file_write", path, content });

async function ask(gate: Gate, action: Action, identity = agent) {
	const submission = await gate.submit(identity, { key: String(++count), action });
	if (submission.kind !== "asked") return submission.state;
	if (submission.request.status === "waiting") return gate.state(submission.request.id);
	return gate.verdict(submission.request.id);
}

test("what a rule allows is done without asking, and its row names the rule", async () => {
	const place = makePlace({ "docs/a.md": "a" }, POLICY);
	const { gate, close } = await openTestGate(place);
	const shown: string[] = [];
	gate.onDidChange(({ status, outcome }) => shown.push(`${status} ${outcome}`));
	const state = await ask(gate, write("docs/a.md", "new"));
	expect(state).toMatchObject({
		status: "approved",
		outcome: "executed",
		decision: { by: "rule docs", via: "policy" },
	});
	expect(readFileSync(join(place.workspace, "docs/a.md"), "utf8")).toBe("new");
	expect(shown).not.toContain("waiting null");
	const records = (await journalOf(place)).filter(({ request }) => request === state.id);
	expect(records.map(({ type }) => type)).toEqual(["REQUEST", "DECISION", "INTENT", "EXECUTED"]);
	expect(records[1]).toMatchObject({ ruleId: "docs", decision: "approved", by: "rule docs", via: "policy" });
	expect(await ask(gate, write("src/a.md"))).toMatchObject({ status: "waiting" });
	await close();
});

test("what a rule allows once is allowed once, also when two ask at the same time, and after a restart", async () => {
	const place = makePlace({});
	const policy = `rules:\n  - { id: once, effect: allow, tool: file_write, path: "*.md", times: 1, workspace: ${JSON.stringify(place.workspace)} }\n`;
	writeFileSync(join(place.home, "policy.yaml"), policy);
	const first = await openTestGate(place);
	const both = await Promise.all([ask(first.gate, write("a.md")), ask(first.gate, write("b.md"))]);
	expect(both.map(({ status }) => status).sort()).toEqual(["approved", "waiting"]);
	await first.close();
	const second = await openTestGate(place);
	expect(await ask(second.gate, write("c.md"))).toMatchObject({ status: "waiting" });
	await second.close();
});

test("a rule of one session lets no other one pass", async () => {
	const place = makePlace({}, 'rules:\n  - { id: s, effect: allow, tool: file_write, path: "*.md", session: s }\n');
	const { gate, close } = await openTestGate(place);
	expect(await ask(gate, write("a.md"))).toMatchObject({ status: "approved" });
	expect(await ask(gate, write("b.md"), { agent: "test", session: "t" })).toMatchObject({ status: "waiting" });
	await close();
});

test("what a person refused is not let through by a rule", async () => {
	const place = makePlace({ "docs/a.md": "a" });
	const { gate, policy, close } = await openTestGate(place);
	const asked = await ask(gate, write("docs/a.md", "b"));
	await gate.decide(asked.id, { kind: "deny", reason: "keep it" }, alice);
	const before = readFileSync(join(place.home, "policy.yaml"), "utf8");
	await policy.write(before, `${before}\n${POLICY}`, "a rule", alice);
	const again = await ask(gate, write("docs/a.md", "c"));
	expect(again.status).toBe("waiting");
	expect(gate.require(again.id).plan.why).toEqual(["You refused a change of this file not long ago: keep it"]);
	expect(await ask(gate, write("docs/b.md"))).toMatchObject({ status: "approved" });
	await close();
});

test("a rule that went before the effect lets nothing happen", async () => {
	const place = makePlace({}, POLICY);
	const { gate, close } = await openTestGate(place);
	const submission = await gate.submit(agent, { key: "g", action: write("docs/a.md"), apply: "agent" });
	if (submission.kind !== "asked") throw new Error("It passed.");
	expect(submission.request).toMatchObject({ status: "approved", outcome: null });
	writeFileSync(join(place.home, "policy.yaml"), "rules: []\n");
	const state = await gate.verdict(submission.request.id);
	expect(state).toMatchObject({ outcome: "failed", detail: expect.stringContaining("does not allow it any more") });
	await close();
});

test("while it is paused everything waits, reads too, over a restart; resumed, what was only held goes on", async () => {
	const place = makePlace({ "a.txt": "a" }, POLICY);
	const first = await openTestGate(place);
	await first.policy.pause(alice);
	await first.close();
	const { gate, policy, close } = await openTestGate(place);
	const read = await ask(gate, { tool: "file_read", path: "a.txt" });
	const covered = await ask(gate, write("docs/a.md"));
	const other = await ask(gate, write("b.md"));
	expect([read, covered, other].map(({ status }) => status)).toEqual(["waiting", "waiting", "waiting"]);
	expect(existsSync(join(place.workspace, "docs/a.md"))).toBe(false);
	await policy.resume(alice);
	await gate.release();
	expect(gate.state(read.id)).toMatchObject({ status: "approved", decision: { by: "free", via: "policy" } });
	expect(await gate.verdict(covered.id)).toMatchObject({ outcome: "executed", decision: { by: "rule docs" } });
	expect(gate.state(other.id)).toMatchObject({ status: "waiting" });
	await close();
});

test("what loosens the policy from outside waits for a person, and until then no rule allows; what tightens it holds at once", async () => {
	const place = makePlace({}, POLICY);
	const file = join(place.home, "policy.yaml");
	const { gate, policy, warnings, close } = await openTestGate(place);
	writeFileSync(file, `${POLICY}  - { id: all, effect: allow, tool: file_write, path: "**" }\n`);
	expect(await ask(gate, write("src/a.ts"))).toMatchObject({ status: "waiting" });
	expect(await ask(gate, write("docs/a.md"))).toMatchObject({ status: "waiting" });
	await expect.poll(() => warnings.join()).toContain("lets more through: the rule all allows file_write");
	const [proposal] = policy.current.proposals;
	await policy.adopt(proposal?.sha256 ?? "", alice);
	expect(await ask(gate, write("src/b.ts"))).toMatchObject({ status: "approved" });
	writeFileSync(file, 'protect: ["src/**"]\n');
	expect(await ask(gate, write("src/c.ts"))).toMatchObject({ status: "waiting" });
	expect(policy.current.proposals).toEqual([]);
	expect(gate.pending().at(-1)?.plan.tier).toBe("protected");
	const drift = (await journalOf(place)).filter(({ type }) => type === "DRIFT" || type === "POLICY");
	expect(drift.map(({ type, summary, by }) => [type, summary, by])).toEqual([
		["POLICY", "in force at the start of serve", undefined],
		["DRIFT", "a policy waits to be adopted", undefined],
		["POLICY", "adopted", "alice"],
		["POLICY", "nothing in it loosens; in force", undefined],
	]);
	await close();
});

test("a policy that was deleted, with its copy, does not come back looser", async () => {
	const place = makePlace({}, 'protect: ["src/**"]\n');
	const first = await openTestGate(place);
	await first.close();
	rmSync(join(place.home, "policy.yaml"));
	rmSync(join(place.home, "policy.last-good.yaml"));
	const { gate, policy, close } = await openTestGate(place);
	expect(await ask(gate, { tool: "file_read", path: "a.txt" })).toMatchObject({ status: "waiting" });
	expect(policy.current.proposals).toHaveLength(1);
	await close();
});
