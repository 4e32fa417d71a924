import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connectAgent, submit } from "../support/agent.ts";
import { countersign, GateProcess, journalOf, makePlace } from "../support/gateProcess.ts";
import { PromptProcess } from "../support/promptProcess.ts";

const DOCS = 'rules:\n  - { id: docs, effect: allow, tool: file_write, path: "docs/**" }\n';
const write = (path: string) => ({ tool: "file_write" as const, path, content: `${path}\n` });

test("with no editor, a rule allows, a loosening waits until the terminal adopts the very text, and pause holds", async () => {
	const place = makePlace({}, DOCS);
	const policy = join(place.home, "policy.yaml");
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	expect(await submit(client, "1", write("docs/a.md"))).toMatchObject({
		outcome: "executed",
		decision: { by: "rule docs", via: "policy" },
	});
	appendFileSync(policy, '  - { id: src, effect: allow, tool: file_write, path: "src/**" }\n');
	const said = await gate.event(({ event, proposals }) => event === "policy" && (proposals as unknown[]).length === 1);
	const [proposal] = said.proposals as [{ sha256: string; loosens: string[] }];
	expect(proposal.loosens).toEqual(["the rule src allows file_write"]);
	const held = submit(client, "2", write("docs/b.md"));
	const { id } = await gate.request(/docs\/b\.md/);
	await gate.approve(id);
	expect(await held).toMatchObject({ outcome: "executed" });
	gate.tell({ adopt: "0".repeat(64) });
	await gate.event(({ message }) => /changed again after it was shown/.test(String(message)));
	gate.tell({ adopt: proposal.sha256 });
	await gate.event(({ event, proposals }) => event === "policy" && (proposals as unknown[]).length === 0);
	expect(await submit(client, "3", write("src/a.ts"))).toMatchObject({ decision: { by: "rule src" } });

	gate.tell({ pause: true });
	await gate.event(({ paused }) => paused === true);
	const read = submit(client, "4", { tool: "file_read", path: "docs/a.md" });
	await gate.request(/file_read/);
	gate.tell({ pause: false });
	expect(await read).toMatchObject({ status: "approved", decision: { by: "free", via: "policy" } });
	await gate.stop();
	expect((await countersign(place, ["verify"])).code).toBe(0);
	expect((await countersign(place, ["log"])).stdout).toContain("APPROVED by rule src via policy");
	const records = await journalOf(place);
	expect(records.filter(({ type, by }) => type === "POLICY" && by !== undefined).map(({ summary }) => summary)).toEqual(
		["adopted", "paused: everything waits", "resumed"],
	);
});

test("a repository's policy holds once it was looked at and adopted at the prompt, asked twice", async () => {
	const place = makePlace({ "db/a.sql": "x" });
	mkdirSync(join(place.workspace, ".countersign"));
	const rule = '  - { id: no-sql, effect: deny, tool: file_write, path: "**/*.sql", reason: "Write a migration." }\n';
	writeFileSync(join(place.workspace, ".countersign", "policy.yaml"), `rules:\n${rule}`);
	const prompt = new PromptProcess(place);
	await prompt.see(/is not in force: a person has to adopt it first/);
	prompt.type("adopt 00000000");
	await prompt.see(/Look at it first: policy/);
	prompt.type("policy");
	await prompt.see(/\+ {2}- \{ id: no-sql/);
	const head = /([0-9a-f]{8}) \S+policy\.yaml waits to be adopted/.exec(prompt.screen)?.[1] ?? "";
	prompt.type(`adopt ${head}`);
	await prompt.see(/type adopt [0-9a-f]{8} once more/);
	prompt.type("list");
	prompt.type(`adopt ${head}`);
	await prompt.see(/once more[\s\S]*once more/);
	prompt.type(`adopt ${head}`);
	await prompt.see(/Adopted; it holds\./);
	const asked = await countersign(place, [
		"request",
		"file_write",
		"--path",
		"db/a.sql",
		"--content-file",
		join(place.workspace, "db/a.sql"),
	]);
	expect(asked).toMatchObject({ code: 1, stdout: expect.stringContaining("Write a migration.") });
	await prompt.stop();
	expect(readFileSync(join(place.workspace, "db/a.sql"), "utf8")).toBe("x");
});

test("a command passes by rules only when each part of it is one of theirs, word for word, and nothing else", async () => {
	const place = makePlace(
		{},
		`rules:
  - { id: tests, effect: allow, tool: shell_execute, argv: [npm, test] }
  - { id: status, effect: allow, tool: shell_execute, argv: [git, status] }
  - { id: no-force, effect: deny, tool: shell_execute, argv: [git, push, --force], reason: "Open a PR." }
`,
	);
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	const run = (command: string) => submit(client, command, { tool: "shell_execute", command });
	expect(await run("npm test")).toMatchObject({ status: "approved", decision: { by: "rule tests", via: "policy" } });
	expect(await run("npm test && git status")).toMatchObject({ decision: { by: "rules tests, status" } });
	for (const command of ["bash -c 'git push origin --force'", "npm test | xargs git push --force"]) {
		expect(await run(command)).toMatchObject({ status: "denied", decision: { reason: "Open a PR." } });
	}
	const hostile = [
		"npm test; rm -rf x",
		"npm test > out",
		"npm test $(rm x)",
		"npm test #",
		"npm test\nrm x",
		"npm  tests",
	];
	for (const [index, command] of hostile.entries()) {
		void run(command).catch(() => undefined);
		expect(await gate.request(index + 1)).toMatchObject({ tool: "shell_execute" });
	}
	const ruled = (await journalOf(place)).filter(({ type, ruleId }) => type === "DECISION" && ruleId !== undefined);
	expect(ruled.map(({ ruleId, decision }) => `${decision} ${ruleId}`)).toEqual([
		"approved tests",
		"approved tests,status",
		"denied no-force",
		"denied no-force",
	]);
	await gate.stop();
});

test("a command that ends its reader waits for a person, and rules still read the long commands after it", async () => {
	const words = Array<string>(500).fill("word");
	const rules = [
		"{ id: no-rm, effect: deny, tool: shell_execute, argv: [rm], reason: Move it. }",
		`{ id: words, effect: allow, tool: shell_execute, argv: [echo, ${words}] }`,
	];
	const gate = await GateProcess.start(makePlace({}, `rules:\n${rules.map((rule) => `  - ${rule}\n`).join("")}`));
	const client = await connectAgent(gate);
	const run = (key: string, command: string) => submit(client, key, { tool: "shell_execute", command });
	const hostile = run("1", "a|".repeat(16_384));
	expect(await run("2", `echo ${words.join(" ")}`)).toMatchObject({ decision: { by: "rule words" } });
	expect(await run("3", `echo ${words.join(" ")} && rm a`)).toMatchObject({
		status: "denied",
		decision: { by: "rule no-rm" },
	});
	await gate.deny((await gate.request(/a\|a\|/)).id, "What is that?");
	expect(await hostile).toMatchObject({ status: "denied", decision: { via: "terminal" } });
	await gate.stop();
});
