import { describe, expect, test } from "vitest";
import { qwenCode } from "../../../../src/adapters/qwenCode/adapter.ts";
import { approved, approvedAs, asks, recordedOf, refusesAll } from "../recorded.ts";

const qwen = recordedOf("qwen");

const cwd = "/workspace";
const main = "e3a0931f-2317-4447-b11e-c2f9711b373d";
const mcp = "ada2e4b0-2ad3-4191-9bf4-64486d1b4071";
const shell = (command: string) => ({ tool: "shell_execute", command, cwd });
const read = (path: string) => ({ tool: "file_read", path, cwd });
const written = { tool: "file_write", path: "/workspace/new.txt", content: "hello from the model\nsecond line\n", cwd };
const edited = {
	...{ tool: "file_write", path: "/workspace/config.txt", cwd },
	edits: [{ old: "mode=prod", new: "mode=dev" }],
};
const deploy = { tool: "mcp_call", server: "demo", name: "deploy", arguments: { target: "production" } };

const from = (callId: string, session = main) => ({ identity: { agent: "qwen-code", session }, callId });
const ask = (callId: string, action: object, more: object = {}, session = main) => ({
	...{ kind: "ask", ...from(callId, session), action, takesEdits: false },
	...more,
});
const report = (callId: string, action: object, session = main) => ({
	...{ kind: "report", ...from(callId, session), action, outcome: "executed" },
});
const asked = { intent: "Run a command" };

qwen.testAll(qwenCode, {
	"PreToolUse-edit": ask("toolu_1795344861089_xtu25rtbx", edited),
	"PreToolUse-mcp__demo__deploy": ask("toolu_1795344864829_245ysmgx8", deploy, {}, mcp),
	"PreToolUse-read_file": ask("toolu_1795344860516_mjx1eudvq", read("/workspace/src/app.js")),
	"PreToolUse-read_file-2": ask("toolu_1795344860917_mt3cm5x5j", read("/workspace/config.txt")),
	"PreToolUse-run_shell_command": ask("toolu_1795344861385_jnj9n0meh", shell("echo built && ls src"), asked),
	"PreToolUse-run_shell_command-2": ask("toolu_1795344861573_63k5uyh3c", shell("cat no-such-file"), asked),
	"PreToolUse-run_shell_command-3": ask("toolu_1795344862081_3jg294x5g", shell("rm victim.txt"), asked),
	"PreToolUse-write_file": ask("toolu_1795344860719_i06cnxl7q", written),
	"PostToolUse-edit": report("toolu_1795344861089_xtu25rtbx", edited),
	"PostToolUse-mcp__demo__deploy": report("toolu_1795344864829_245ysmgx8", deploy, mcp),
	"PostToolUse-read_file": report("toolu_1795344860516_mjx1eudvq", read("/workspace/src/app.js")),
	"PostToolUse-read_file-2": report("toolu_1795344860917_mt3cm5x5j", read("/workspace/config.txt")),
	"PostToolUse-run_shell_command": report("toolu_1795344861385_jnj9n0meh", shell("echo built && ls src")),
	"PostToolUse-run_shell_command-2": report("toolu_1795344862081_3jg294x5g", shell("rm victim.txt")),
	"PostToolUse-write_file": report("toolu_1795344860719_i06cnxl7q", written),
	"PostToolUseFailure-run_shell_command": {
		...report("toolu_1795344861573_63k5uyh3c", shell("cat no-such-file")),
		outcome: "failed",
		detail: expect.stringContaining("Exit Code: 1"),
	},
});

refusesAll(qwenCode, qwen.read("PreToolUse-run_shell_command"));

const command = qwen.read("PreToolUse-run_shell_command");
const call = (tool_name: string, tool_input: object) => asks(qwenCode, { ...command, tool_name, tool_input } as never);

test.each([
	["run_shell_command", { command: "rm x", sandbox: false }],
	["write_file", { file_path: "a", content: null }],
	["edit", { file_path: "a", old_string: "b" }],
	["notebook_edit", { notebook_path: "a" }],
	["send_message", { to: "x" }],
	["agent", { prompt: "go" }],
	["cron_create", { command: "rm x" }],
])("a call that is not quite what we know is shown whole, and asks: %s %j", (name, input) => {
	expect(call(name, input).action).toEqual({ tool: "custom", name, arguments: input });
});

test.each([
	["run_shell_command", { command: "ls", directory: "/tmp", timeout: 5 }, { ...shell("ls"), cwd: "/tmp" }],
	[
		"edit",
		{ file_path: "a", old_string: "x", new_string: "y", replace_all: true },
		{ tool: "file_write", path: "a", edits: [{ old: "x", new: "y", all: true }], cwd },
	],
	["grep_search", { pattern: "x", path: "src" }, read("src")],
	[
		"web_fetch",
		{ url: "https://example.org", prompt: "?" },
		{ tool: "api_call", method: "GET", url: "https://example.org" },
	],
	["todo_write", { todos: [] }, { tool: "log_write", text: "todo_write" }],
])("a call that we know: %s %j", (name, input, action) => expect(call(name, input).action).toEqual(action));

describe("the answers that Qwen obeys", () => {
	const event = asks(qwenCode, qwen.read("PreToolUse-write_file"));
	test("free is nothing said", () => expect(qwenCode.free()).toEqual({ exit: 0, stdout: "", reason: "" }));
	test("allow says who approved, and never a new input: Qwen would ignore it and write its own", () => {
		for (const state of [approved, approvedAs("changed\n")]) {
			const { exit, stdout } = qwenCode.allow(event, state);
			expect(exit).toBe(0);
			expect(JSON.parse(stdout)).toEqual({
				hookSpecificOutput: {
					hookEventName: "PreToolUse",
					permissionDecision: "allow",
					permissionDecisionReason: "Approved by ann via editor",
				},
			});
		}
		expect(event.takesEdits).toBe(false);
	});
	test("deny is exit 2 and a reason on stderr", () => {
		expect(qwenCode.deny("production config")).toEqual({ exit: 2, stdout: "", reason: "production config" });
	});
});
