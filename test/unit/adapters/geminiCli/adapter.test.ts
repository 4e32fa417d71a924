import { describe, expect, test } from "vitest";
import { geminiCli } from "../../../../src/adapters/geminiCli/adapter.ts";
import { approved, approvedAs, asks, recordedOf, refusesAll } from "../recorded.ts";

const gemini = recordedOf("gemini");

const cwd = "/workspace";
const main = "91be6e8a-39e2-44ae-a601-0ee7940615e0";
const mcp = "34f7223e-4d6e-4341-bef2-13c4aaca0f46";
const shell = (command: string) => ({ tool: "shell_execute", command, cwd });
const written = { tool: "file_write", path: "/workspace/new.txt", content: "hello from the model\nsecond line\n", cwd };
const edits = [{ old: "mode=prod", new: "mode=dev" }];
const replaced = { tool: "file_write", path: "/workspace/config.txt", edits, cwd };
const deploy = { tool: "mcp_call", server: "demo", name: "deploy", arguments: { target: "production" } };
const read = { tool: "file_read", path: "/workspace/src/app.js", cwd };

const from = (session: string) => ({ identity: { agent: "gemini-cli", session }, callId: null });
const ask = (action: object, more: object = {}, session = main) => ({
	...{ kind: "ask", ...from(session), action, takesEdits: false },
	...more,
});
const report = (action: object, session = main) => ({
	...{ kind: "report", ...from(session), action, outcome: "executed" },
});
const asked = { intent: "Run a command" };

gemini.testAll(geminiCli, {
	"BeforeTool-mcp_demo_deploy": ask(deploy, {}, mcp),
	"BeforeTool-read_file": ask(read),
	"BeforeTool-replace": ask(replaced, { intent: "Change the value." }),
	"BeforeTool-run_shell_command": ask(shell("echo built && ls src"), asked),
	"BeforeTool-run_shell_command-2": ask(shell("cat no-such-file"), asked),
	"BeforeTool-run_shell_command-3": ask(shell("rm victim.txt"), asked),
	"BeforeTool-write_file": ask(written, { takesEdits: true }),
	"AfterTool-mcp_demo_deploy": report(deploy, mcp),
	"AfterTool-read_file": report(read),
	"AfterTool-replace": report(replaced),
	"AfterTool-run_shell_command": report(shell("echo built && ls src")),
	"AfterTool-run_shell_command-2": report(shell("cat no-such-file")),
	"AfterTool-run_shell_command-3": report(shell("rm victim.txt")),
	"AfterTool-write_file": report(written),
});

refusesAll(geminiCli, gemini.read("BeforeTool-run_shell_command"));

const command = gemini.read("BeforeTool-run_shell_command");
const call = (tool_name: string, tool_input: object) => asks(geminiCli, { ...command, tool_name, tool_input } as never);

test.each([
	["run_shell_command", { command: "rm x", sudo: true }],
	["run_shell_command", { command: "" }],
	["write_file", { file_path: "a", content: "b", mode: 511 }],
	["replace", { file_path: "a", old_string: "b" }],
	["read_file", {}],
	["web_fetch", { prompt: "read https://example.org" }],
	["save_memory", { fact: "x" }],
	["invoke_agent", { agent: "x" }],
	["read_many_files", { include: ["**"] }],
	["mcp_demo_deploy", { target: "production" }],
])("a call that is not quite what we know is shown whole, and asks: %s %j", (name, input) => {
	expect(call(name, input).action).toEqual({ tool: "custom", name, arguments: input });
});

test.each([
	["run_shell_command", { command: "ls", dir_path: "sub" }, { ...shell("ls"), cwd: "/workspace/sub" }],
	["run_shell_command", { command: "ls", dir_path: "/tmp" }, { ...shell("ls"), cwd: "/tmp" }],
	["run_shell_command", { command: "ls", dir_path: "../.." }, { ...shell("ls"), cwd: "/workspace/../.." }],
	[
		"replace",
		{ file_path: "a", old_string: "", new_string: "x" },
		{ tool: "file_write", path: "a", content: "x", cwd },
	],
	[
		"replace",
		{ file_path: "a", old_string: "x", new_string: "", allow_multiple: true },
		{ tool: "file_write", path: "a", edits: [{ old: "x", new: "", all: true }], cwd },
	],
	["grep_search", { pattern: "x" }, { tool: "file_read", path: cwd, cwd }],
	["list_directory", { dir_path: "src" }, { tool: "file_read", path: "src", cwd }],
	["write_todos", { todos: [] }, { tool: "log_write", text: "write_todos" }],
])("a call that we know: %s %j", (name, input, action) => expect(call(name, input).action).toEqual(action));

test("a tool that failed is reported as failed, with what Gemini said", () => {
	const tool_response = { llmContent: "", error: { message: "no such file", type: "file_not_found" } };
	expect(geminiCli.parse({ ...gemini.read("AfterTool-replace"), tool_response })).toMatchObject({
		outcome: "failed",
		detail: expect.stringContaining("no such file"),
	});
});

test("an event that is no tool call is no business of ours", () => {
	const { session_id } = command;
	expect(geminiCli.parse({ session_id, cwd, hook_event_name: "SessionStart" } as never)).toEqual({ kind: "note" });
});

describe("the answers that Gemini obeys", () => {
	test("free is nothing said", () => expect(geminiCli.free()).toEqual({ exit: 0, stdout: "", reason: "" }));
	test("allow is the word, and changes nothing", () => {
		const answer = geminiCli.allow(asks(geminiCli, gemini.read("BeforeTool-write_file")), approved);
		expect(answer).toEqual({ exit: 0, stdout: '{"decision":"allow"}', reason: "" });
	});
	test.each(["changed\n", ""])("an edited approval is the whole new input: %j", (content) => {
		const event = asks(geminiCli, gemini.read("BeforeTool-write_file"));
		expect(JSON.parse(geminiCli.allow(event, approvedAs(content)).stdout)).toEqual({
			decision: "allow",
			hookSpecificOutput: {
				hookEventName: "BeforeTool",
				tool_input: { file_path: "/workspace/new.txt", content },
			},
		});
	});
	test("deny is the word, exit 2, and a reason on stderr", () => {
		const { stdout, ...rest } = geminiCli.deny("production config");
		expect(rest).toEqual({ exit: 2, reason: "production config" });
		expect(JSON.parse(stdout)).toEqual({ decision: "deny", reason: "production config" });
	});
});
