import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { actionSchema } from "../../../src/protocol/action.ts";

const SHA = "a".repeat(64);

const GOOD: readonly object[] = [
	{ tool: "file_write", path: "a", content: "" },
	{ tool: "file_write", path: "a", content: { base64: "" } },
	{ tool: "file_write", path: "a", content: { base64: "AAEC/+8=" } },
	{ tool: "file_write", path: "/a/b", content: { blob: SHA }, base: SHA, cwd: "/a" },
	{ tool: "file_write", path: "a", content: "x", base: null },
	{ tool: "file_write", path: "a", edits: [{ old: "x", new: "" }] },
	{ tool: "file_write", path: "a", edits: [{ old: "x", new: "y", all: true }], base: SHA },
	{ tool: "file_delete", path: "a", recursive: true, base: null },
	{ tool: "file_rename", from: "a", to: "b" },
	{
		tool: "changes",
		changes: [
			{ tool: "file_delete", path: "a" },
			{ tool: "file_write", path: "b", content: "" },
		],
	},
	{ tool: "shell_execute", command: "rm -rf /" },
	{ tool: "shell_execute", argv: ["ls", "", " "], cwd: "/", env: { A_1: "", _b: "x" } },
	{ tool: "api_call", method: "post", url: "https://example.com", headers: { a: "b" }, body: "" },
	{ tool: "send_message", to: "#ops", text: "" },
	{ tool: "mcp_call", server: "s", name: "n", arguments: { deep: [{ a: null }] } },
	{ tool: "file_read", path: "a" },
	{ tool: "log_write", text: "" },
	{ tool: "custom", name: "n", arguments: {} },
	{ tool: "file_read", path: "p".repeat(4096) },
];

test.each(GOOD.map((action) => [JSON.stringify(action).slice(0, 80), action]))("%s is an action", (_, action) => {
	expect(actionSchema.parse(action)).toEqual(action);
});

const KNOWN_TOOLS = GOOD.map((action) => (action as { tool: string }).tool);

test("there is a good example of every tool, and no tool besides", () => {
	const tools = actionSchema.options.map((option) => option.shape.tool.value);
	expect([...new Set(KNOWN_TOOLS)].sort()).toEqual([...tools].sort());
});

describe("everything else is refused, with the place and the reason", () => {
	const BAD: readonly [what: string, action: unknown, path: string, message: RegExp][] = [
		["no object", "file_write", "", /object/],
		["nothing", null, "", /object/],
		["a list", [], "", /object|tool/],
		["no tool", { path: "a" }, "tool", /./],
		["an unknown tool", { tool: "file_append", path: "a" }, "tool", /./],
		["a tool of another case", { tool: "File_Write", path: "a", content: "" }, "tool", /./],
		["a field that is not known", { tool: "file_write", path: "a", content: "", approved: true }, "", /approved/],
		["a field of another tool", { tool: "file_read", path: "a", content: "" }, "", /content/],
		[
			"a field inside an edit",
			{ tool: "file_write", path: "a", edits: [{ old: "a", new: "b", regex: true }] },
			"edits.0",
			/regex/,
		],
		[
			"a field inside a content",
			{ tool: "file_write", path: "a", content: { base64: "", encoding: "x" } },
			"content",
			/./,
		],
		["two kinds of content", { tool: "file_write", path: "a", content: { base64: "", blob: SHA } }, "content", /./],
		[
			"content and edits",
			{ tool: "file_write", path: "a", content: "", edits: [{ old: "a", new: "b" }] },
			"",
			/either content or edits/,
		],
		["neither content nor edits", { tool: "file_write", path: "a" }, "", /either content or edits/],
		["no edit at all", { tool: "file_write", path: "a", edits: [] }, "edits", /must not be empty/],
		[
			"an edit of nothing",
			{ tool: "file_write", path: "a", edits: [{ old: "", new: "b" }] },
			"edits.0.old",
			/must not be empty/,
		],
		[
			"1001 edits",
			{ tool: "file_write", path: "a", edits: Array(1001).fill({ old: "a", new: "b" }) },
			"edits",
			/at most 1000 edits/,
		],
		["an empty path", { tool: "file_write", path: "", content: "" }, "path", /must not be empty/],
		["a path of 4097 characters", { tool: "file_read", path: "p".repeat(4097) }, "path", /at most 4096 characters/],
		["a path with a NUL", { tool: "file_delete", path: "a\0b" }, "path", /NUL/],
		["a cwd with a NUL", { tool: "shell_execute", command: "ls", cwd: "/a\0" }, "cwd", /NUL/],
		["a rename to nothing", { tool: "file_rename", from: "a", to: "" }, "to", /must not be empty/],
		["a path that is a list", { tool: "file_read", path: ["a"] }, "path", /string/],
		["a number for a content", { tool: "file_write", path: "a", content: 1 }, "content", /./],
		[
			"content that is not base64",
			{ tool: "file_write", path: "a", content: { base64: "no!" } },
			"content.base64",
			/./,
		],
		[
			"base64 of the URL alphabet",
			{ tool: "file_write", path: "a", content: { base64: "_-8=" } },
			"content.base64",
			/./,
		],
		[
			"a blob that is no SHA-256",
			{ tool: "file_write", path: "a", content: { blob: "A".repeat(64) } },
			"content.blob",
			/./,
		],
		[
			"a base in capitals",
			{ tool: "file_write", path: "a", content: "", base: "A".repeat(64) },
			"base",
			/64 lower-case hex/,
		],
		["a base that is empty", { tool: "file_delete", path: "a", base: "" }, "base", /64 lower-case hex/],
		["recursive as a word", { tool: "file_delete", path: "a", recursive: "yes" }, "recursive", /boolean/],
		["no change at all", { tool: "changes", changes: [] }, "changes", /./],
		[
			"a command among changes",
			{ tool: "changes", changes: [{ tool: "shell_execute", command: "ls" }] },
			"changes.0.tool",
			/./,
		],
		["changes among changes", { tool: "changes", changes: [{ tool: "changes", changes: [] }] }, "changes.0.tool", /./],
		[
			"a write without content among changes",
			{ tool: "changes", changes: [{ tool: "file_write", path: "a" }] },
			"changes.0",
			/either/,
		],
		["command and argv", { tool: "shell_execute", command: "ls", argv: ["ls"] }, "", /either command or argv/],
		["neither command nor argv", { tool: "shell_execute" }, "", /either command or argv/],
		["an empty command", { tool: "shell_execute", command: "" }, "command", /./],
		["an empty argv", { tool: "shell_execute", argv: [] }, "argv", /./],
		["an environment name with =", { tool: "shell_execute", command: "ls", env: { "A=B": "c" } }, "env.A=B", /./],
		[
			"an environment value that is a number",
			{ tool: "shell_execute", command: "ls", env: { A: 1 } },
			"env.A",
			/string/,
		],
		["a method with a space", { tool: "api_call", method: "GET /", url: "x" }, "method", /not an HTTP method/],
		["arguments that are a list", { tool: "mcp_call", server: "s", name: "n", arguments: [] }, "arguments", /./],
		["arguments that are missing", { tool: "custom", name: "n" }, "arguments", /./],
	];
	test.each(BAD)("%s", (_, action, path, message) => {
		const { error } = actionSchema.safeParse(action);
		expect(error?.issues.map((issue) => [issue.path.join("."), textOf(issue)])).toContainEqual([
			path,
			expect.stringMatching(message),
		]);
	});
});

const textOf = (issue: z.core.$ZodIssue) =>
	issue.code === "unrecognized_keys" ? issue.keys.join() : `${issue.message}`;
