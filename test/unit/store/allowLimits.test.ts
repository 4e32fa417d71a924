import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Gate } from "../../../src/core/gate.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { makePlace } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

/** Where a rule that allows ends: each of these once let through what nobody had allowed. */

const agent = { agent: "test", session: "s" };
const alice = { by: "alice", via: "editor" as const };
let count = 0;

async function ask(gate: Gate, action: Action) {
	const submission = await gate.submit(agent, { key: String(++count), action, apply: "agent" });
	return submission.kind === "passed" ? submission.state : gate.state(submission.request.id);
}

const write = (path: string): Action => ({ tool: "file_write", path, content: "x" });
const rule = (text: string) => `rules:\n  - { effect: allow, ${text} }\n`;

test("rules without a path are rules like others", async () => {
	const rules = [
		"{ id: shell, effect: allow, tool: shell_execute, argv: [make, test] }",
		"{ id: web, effect: allow, tool: api_call, scheme: https, host: example.com, method: GET }",
		"{ id: mcp, effect: allow, tool: mcp_call, server: s, name: n, arguments: {} }",
	];
	const { gate, close } = await openTestGate(makePlace({}, `rules:\n  - ${rules.join("\n  - ")}\n`));
	expect(await ask(gate, { tool: "shell_execute", argv: ["make", "test"] })).toMatchObject({ status: "approved" });
	expect(await ask(gate, { tool: "api_call", method: "get", url: "https://example.com/a" })).toMatchObject({
		decision: { by: "rule web" },
	});
	expect(await ask(gate, { tool: "mcp_call", server: "s", name: "n", arguments: {} })).toMatchObject({
		decision: { by: "rule mcp" },
	});
	await close();
});

test("a rule that is counted lets one part of a request pass, not a thousand", async () => {
	const place = makePlace();
	const policy = rule(
		`id: twice, tool: file_write, path: "*.md", times: 2, workspace: ${JSON.stringify(place.workspace)}`,
	);
	writeFileSync(join(place.home, "policy.yaml"), policy);
	const { gate, close } = await openTestGate(place);
	const changes = ["a.md", "b.md"].map((path) => ({ tool: "file_write" as const, path, content: "x" }));
	expect(await ask(gate, { tool: "changes", changes })).toMatchObject({ status: "waiting" });
	for (const status of ["approved", "approved", "waiting"]) {
		expect(await ask(gate, { tool: "changes", changes: changes.slice(0, 1) })).toMatchObject({ status });
	}
	await close();
});

test("a renaming over a file that is there is not only a renaming", async () => {
	const place = makePlace({ "docs/a.md": "a", "docs/b.md": "b" }, rule('id: r, tool: file_rename, path: "docs/*.md"'));
	const { gate, close } = await openTestGate(place);
	const rename = (to: string) => ask(gate, { tool: "file_rename", from: "docs/a.md", to });
	expect(await rename("docs/b.md")).toMatchObject({ status: "waiting" });
	expect(await rename("docs/c.md")).toMatchObject({ status: "approved" });
	await close();
});

test("a rule for reading files covers no folder, and no second name of a file", async () => {
	const place = makePlace(
		{ "docs/a.md": "a", "docs/deep/secret.txt": "s", "outside.txt": "o" },
		`free: []\n${rule('id: r, tool: file_read, path: "docs/*"')}`,
	);
	linkSync(join(place.workspace, "outside.txt"), join(place.workspace, "docs/other.md"));
	const { gate, close } = await openTestGate(place);
	const read = (path: string) => ask(gate, { tool: "file_read", path });
	expect(await read("docs/a.md")).toMatchObject({ status: "approved" });
	expect(await read("docs/missing.md")).toMatchObject({ status: "approved" });
	expect(await read("docs/deep")).toMatchObject({ status: "waiting" });
	expect(await read("docs/other.md")).toMatchObject({ status: "waiting" });
	await close();
});

test("what a person refused is not read by a rule either, nor run in other spelling", async () => {
	const place = makePlace({ "docs/a.md": "a" }, "free: []\n");
	mkdirSync(join(place.workspace, "sub"));
	const { gate, policy, close } = await openTestGate(place);
	const read: Action = { tool: "file_read", path: "docs/a.md" };
	for (const action of [read, { tool: "shell_execute", command: "make  'deploy'" } as const]) {
		const { id } = await ask(gate, action);
		await gate.decide(id, { kind: "deny", reason: "no" }, alice);
	}
	const rules = [
		'{ id: r, effect: allow, tool: file_read, path: "docs/*" }',
		"{ id: m, effect: allow, tool: shell_execute, argv: [make, deploy] }",
		"{ id: s, effect: allow, tool: shell_execute, argv: [make, deploy], cwd: sub }",
	];
	await policy.write("free: []\n", `free: []\nrules:\n  - ${rules.join("\n  - ")}\n`, "rules", alice);
	expect(await ask(gate, read)).toMatchObject({ status: "waiting" });
	expect(await ask(gate, { ...read, path: "./docs/../docs/a.md" })).toMatchObject({ status: "waiting" });
	const argv = ["make", "deploy"];
	expect(await ask(gate, { tool: "shell_execute", argv })).toMatchObject({ status: "waiting" });
	expect(await ask(gate, { tool: "shell_execute", argv, cwd: place.workspace })).toMatchObject({ status: "waiting" });
	expect(await ask(gate, { tool: "shell_execute", argv, cwd: "sub" })).toMatchObject({ status: "approved" });
	await close();
});

test("no rule writes a file that the editor holds unsaved changes of", async () => {
	const place = makePlace({ "a.md": "a" }, rule('id: r, tool: file_write, path: "*.md"'));
	const { gate, close } = await openTestGate(place, { isDirty: (path) => path.endsWith("/a.md") });
	const asked = await ask(gate, write("a.md"));
	expect(asked).toMatchObject({ status: "waiting" });
	expect(gate.require(asked.id).plan.why).toEqual([expect.stringContaining("has unsaved changes in the editor")]);
	expect(await ask(gate, write("b.md"))).toMatchObject({ status: "approved" });
	await close();
});

test.each([
	["asks for the tool", "require_approval: [file_write]\n", "waiting"],
	["asks for several changes in one", "require_approval: [changes]\n", "approved"],
	["is not valid, so that everything asks", "free: [everything]\n", "waiting"],
	["says nothing", "", "approved"],
])("where an organization's policy %s, no rule of the person's lets it pass", async (_, managed, status) => {
	const place = makePlace({}, rule('id: r, tool: file_write, path: "**"'));
	const managedPolicy = join(place.home, "managed.yaml");
	writeFileSync(managedPolicy, managed);
	const { gate, close } = await openTestGate(place, { managedPolicy });
	expect(await ask(gate, write("a.md"))).toMatchObject({ status });
	const changes = [{ tool: "file_write" as const, path: "b.md", content: "x" }];
	const both = managed === "" ? "approved" : "waiting";
	expect(await ask(gate, { tool: "changes", changes })).toMatchObject({ status: both });
	await close();
});
