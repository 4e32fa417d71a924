import { describe, expect, test } from "vitest";
import { cline } from "../../../../src/adapters/cline/adapter.ts";
import { approved, approvedAs, asks, recordedOf } from "../recorded.ts";

const recorded = recordedOf("cline");

const cwd = "/workspace";
const shell = (command: string) => ({ tool: "shell_execute", command, cwd });
const read = { tool: "file_read", path: "/workspace/src/app.js", cwd };
const written = { tool: "file_write", path: "/workspace/new.txt", content: "hello from the model\nsecond line\n", cwd };
const edited = {
	...{ tool: "file_write", path: "/workspace/config.txt", cwd },
	edits: [{ old: "mode=prod", new: "mode=dev" }],
};

const from = (callId: string) => ({ identity: { agent: "cline", session: "conv_1795344876073_1uo0pvv" }, callId });
const ask = (callId: string, action: object, takesEdits = false) => ({
	...{ kind: "ask", ...from(callId), action, takesEdits },
});
const report = (callId: string, action: object) => ({
	...{ kind: "report", ...from(callId), action, outcome: "executed" },
});

recorded.testAll(cline, {
	"tool_call-editor": ask("call_cs_1_0_c88cd0fe", written, true),
	"tool_call-editor-2": ask("call_cs_2_0_d629abd7", edited),
	"tool_call-read_files": ask("call_cs_0_0_6870d8b3", read),
	"tool_call-run_commands": ask("call_cs_3_0_b0d169b5", shell("echo built && ls src")),
	"tool_call-run_commands-2": ask("call_cs_4_0_7cd587c8", shell("cat no-such-file")),
	"tool_call-run_commands-3": ask("call_cs_5_0_f5515c78", shell("rm victim.txt")),
	"tool_result-editor": report("call_cs_1_0_c88cd0fe", written),
	"tool_result-editor-2": report("call_cs_2_0_d629abd7", edited),
	"tool_result-read_files": report("call_cs_0_0_6870d8b3", read),
	"tool_result-run_commands": report("call_cs_3_0_b0d169b5", shell("echo built && ls src")),
	"tool_result-run_commands-2": {
		...report("call_cs_4_0_7cd587c8", shell("cat no-such-file")),
		...{ outcome: "failed", detail: "Command exited with code 1" },
	},
	"tool_result-run_commands-3": report("call_cs_5_0_f5515c78", shell("rm victim.txt")),
});

const command = recorded.read("tool_call-run_commands");
const call = (name: string, input: object) => asks(cline, { ...command, tool_call: { id: "c", name, input } } as never);

test.each<[string, unknown]>([
	["null", null],
	["a string", "tool_call"],
	["a list", [command]],
	["nothing in it", {}],
	["no task", { ...command, taskId: "" }],
	["an endless task", { ...command, taskId: "x".repeat(501) }],
	["no event", { ...command, hookName: undefined }],
	["no folder", { ...command, workspaceRoots: [] }],
	["no call", { ...command, tool_call: undefined }],
	["a call without an id", { ...command, tool_call: { name: "editor", input: {} } }],
	["input that is a list", { ...command, tool_call: { id: "c", name: "editor", input: [] } }],
	["a call under an event that we do not know", { ...command, hookName: "tool_start" }],
])("a payload that is or has %s is refused, in words", (_, payload) => {
	expect(() => cline.parse(payload as never)).toThrow(
		expect.objectContaining({ code: "bad_request", message: expect.stringMatching(/Countersign .*denied/) }),
	);
});

test.each([
	["editor", { path: "a", new_text: "x", insert_line: 3 }],
	["editor", { path: "a" }],
	["run_commands", { commands: [] }],
	["run_commands", { commands: "ls" }],
	["read_files", { files: [{ path: "a" }, { path: ".env" }] }],
	["fetch_web_content", { requests: [] }],
	["spawn_agent", { prompt: "go" }],
	["apply_patch", { input: "*** Begin Patch" }],
])("a call that is not quite what we know is shown whole, and asks: %s %j", (name, input) => {
	expect(call(name, input).action).toEqual({ tool: "custom", name, arguments: input });
});

test("several commands are shown one a line", () => {
	expect(call("run_commands", { commands: ["cd sub", "rm x"] }).action).toEqual(shell("cd sub\nrm x"));
});

test("an event that is no tool call is no business of ours", () => {
	const { tool_call: _, preToolUse: __, ...rest } = command;
	expect(cline.parse({ ...rest, hookName: "agent_start" })).toEqual({ kind: "note" });
});

describe("the answers that Cline obeys, each one line of JSON", () => {
	const event = asks(cline, recorded.read("tool_call-editor"));
	test("free and allow do not cancel", () => {
		expect(cline.free()).toEqual({ exit: 0, stdout: '{"cancel":false}\n', reason: "" });
		expect(cline.allow(event, approved)).toEqual(cline.free());
	});
	test("an edited approval overrides the input", () => {
		const { stdout } = cline.allow(event, approvedAs("a\nb\n"));
		expect(stdout.split("\n")).toHaveLength(2);
		expect(JSON.parse(stdout)).toEqual({
			cancel: false,
			overrideInput: { path: "/workspace/new.txt", new_text: "a\nb\n" },
		});
	});
	test("deny cancels, with the reason", () => {
		const { exit, stdout } = cline.deny("production\nconfig");
		expect(exit).toBe(2);
		expect(stdout.split("\n")).toHaveLength(2);
		expect(JSON.parse(stdout)).toEqual({ cancel: true, errorMessage: "production\nconfig" });
	});
});
