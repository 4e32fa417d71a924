import { expect, test } from "vitest";
import { agentOf, ageText, fateText, nameOf, verbOf } from "../../../src/present/words.ts";
import { requestLike } from "./requestLike.ts";

test("an age is as short as a row needs it", () => {
	const ages = [-5, 999, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000 * 3].map(ageText);
	expect(ages).toEqual(["0 s", "0 s", "59 s", "1 m", "59 m", "1 h", "3 d"]);
});

test("a write of a file that is not there is a creation", () => {
	expect(verbOf(requestLike({ tool: "file_write", path: "/w/a", content: "" }, { base: null }))).toBe("create");
	expect(verbOf(requestLike({ tool: "file_write", path: "/w/a", content: "" }))).toBe("edit");
});

test("a name is one line, and shows what hides in it", () => {
	const request = requestLike({ tool: "shell_execute", command: "rm -rf \u202e/\necho $(gear)" });
	expect(nameOf(request)).toBe("rm -rf \\u{202e}/\\necho $ (gear)");
	expect(nameOf(requestLike({ tool: "shell_execute", command: "x".repeat(500) }))).toHaveLength(80);
	expect(nameOf(requestLike({ tool: "file_delete", path: "/w/dir/a b.txt" }))).toBe("a b.txt");
});

test("T20: a name can draw no icon and make no link", () => {
	const name = "/w/$(pass) fine [Approve](command:countersign.approve)";
	expect(nameOf(requestLike({ tool: "file_delete", path: name }))).toBe(
		"$ (pass) fine [Approve] (command:countersign.approve)",
	);
	const request = requestLike({ tool: "custom", name: "n", arguments: {} });
	expect(agentOf({ ...request, identity: { agent: "$(x)\n[a](b)", session: "" } })).toBe("$ (x)\\n[a] (b)");
});

test("what became of a request is said with who, where and how it ended", () => {
	const request = requestLike({ tool: "file_delete", path: "/w/a" });
	const decision = { status: "approved" as const, by: "li\nroot", via: "editor", time: "2026-01-01T00:00:00Z" };
	expect(fateText({ ...request, status: "approved", decision, outcome: "executed" }, 0)).toBe(
		"approved by li\\nroot via editor, executed",
	);
	expect(fateText({ ...request, status: "approved", decision }, 0)).toContain("not done yet");
});

test("a late approval waits for the agent to ask again, for an hour, and says so", () => {
	const request = requestLike({ tool: "shell_execute", command: "make" });
	const decision = { status: "approved" as const, by: "li", via: "editor", time: "2026-01-01T00:00:00Z" };
	const late = { ...request, apply: "agent" as const, status: "approved" as const, decision, decidedAt: 1000 };
	expect(fateText(late, 3_601_000)).toBe("approved by li via editor, waiting for the agent to ask again");
	expect(fateText(late, 3_601_001)).toBe("approved by li via editor, the agent did not ask again in time");
	expect(fateText({ ...late, outcome: "executing" }, 3_601_001)).toBe("approved by li via editor, executing");
});
