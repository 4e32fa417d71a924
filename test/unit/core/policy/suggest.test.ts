import { describe, expect, test } from "vitest";
import { explain, suggest } from "../../../../src/core/policy/suggest.ts";

/** What is offered where the bar stands. */
function offered(marked: string): string[] {
	const before = marked.slice(0, marked.indexOf("|"));
	const lines = before.split("\n");
	return suggest(marked.replace("|", ""), lines.length - 1, lines.at(-1)?.length ?? 0).map(({ word }) => word);
}

const KEYS = [
	"enabled",
	"require_approval",
	"free",
	"channels",
	"auto_approve_after",
	"remind_after",
	"expire_after",
	"roots",
	"protect",
	"rules",
];
const TOOLS = [
	"file_write",
	"file_delete",
	"file_rename",
	"changes",
	"shell_execute",
	"api_call",
	"send_message",
	"mcp_call",
	"file_read",
	"log_write",
	"custom",
];

describe("a policy is offered the words that may stand there, and no others", () => {
	test.each([
		["|", KEYS],
		["req|", KEYS],
		["# a remark\n|\nfree: []\n", KEYS.filter((key) => key !== "free")],
		["free:\n  - file_read\n|", KEYS.filter((key) => key !== "free")],
		["plugins:\n  approval:\n    free: []\n    |", KEYS.filter((key) => key !== "free")],
		["free: [|", ["file_read", "log_write"]],
		["free: [file_read, |]", ["file_read", "log_write"]],
		["free:\n  - |", ["file_read", "log_write"]],
		["require_approval:\n  - file_write\n  - f|", TOOLS],
		["channels: [|]", ["editor", "terminal", "telegram", "discord"]],
		["auto_approve_after: |", ["null"]],
		["expire_after: |", ["null"]],
		["enabled: |", ["true"]],
		["protect: [|", []],
		["rules:\n  - { id: a, effect: | }", ["ask", "deny", "allow"]],
		["rules:\n  - { id: a, effect: d|", ["ask", "deny", "allow"]],
		["rules:\n  - id: a\n    effect: |", ["ask", "deny", "allow"]],
		["rules:\n  - { id: a, effect: deny, tool: |", TOOLS],
		[
			"rules:\n  - { effect: allow, tool: |",
			["file_read", "file_write", "file_delete", "file_rename", "shell_execute", "api_call", "mcp_call"],
		],
		["rules:\n  - { id: a, effect: deny, tool: shell_execute, |", ["argv", "agent", "reason"]],
		["rules:\n  - { id: a, effect: deny, tool: api_call, | }", ["host", "method", "agent", "reason"]],
		[
			"rules:\n  - { id: a, effect: allow, tool: file_write, path: x, | }",
			["workspace", "session", "times", "expires", "paused"],
		],
		[
			"rules:\n  - id: a\n    effect: allow\n    tool: api_call\n    |\n    host: x\n  - id: b\n",
			["scheme", "method", "workspace", "session", "times", "expires", "paused"],
		],
		["rules:\n  - { id: a, effect: allow, tool: api_call, scheme: |", ["https", "http"]],
		["rules:\n  - { id: a, effect: allow, tool: file_write, paused: |", ["true"]],
		["rules:\n  - { id: a, effect: deny, tool: custom, reason: some words |", []],
		["rules: []\n|", KEYS.filter((key) => key !== "rules")],
		["free: [] # |", []],
	] as [string, string[]][])("%j", (marked, words) => expect(new Set(offered(marked))).toEqual(new Set(words)));

	test("each with what it is", () => {
		for (const { description } of suggest("", 0, 0)) expect(description).not.toBe("");
	});
});

test("a word is explained by where it stands", () => {
	const text =
		"free: []\nrules:\n  - { id: a, effect: allow, tool: api_call, host: x }\n  - { id: b, effect: deny, tool: api_call, host: y }\n";
	expect(explain(text, 0, "free")).toMatch(/^What passes without asking/);
	expect(explain(text, 1, "rules")).toMatch(/Deny wins/);
	expect(explain(text, 2, "host")).toMatch(/^One exact host/);
	expect(explain(text, 3, "host")).toMatch(/\*\.host/);
	expect(explain(text, 2, "effect")).toMatch(/passes without asking anybody/);
	expect(explain(text, 3, "path")).toBeUndefined();
	expect(explain(text, 0, "toString")).toBeUndefined();
});
