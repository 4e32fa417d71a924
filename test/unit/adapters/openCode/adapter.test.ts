import { describe, expect, test } from "vitest";
import { openCode } from "../../../../src/adapters/openCode/adapter.ts";
import { approved, approvedAs, asks, recordedOf, refusesAll } from "../recorded.ts";

const recorded = recordedOf("opencode");

const cwd = "/workspace";
const main = "ses_dfd1b62b3ffeF6o3kiIfOfKS29";
const mcp = "ses_dfd1b4e63ffeWoprtbdKkMrdyx";
const shell = (command: string) => ({ tool: "shell_execute", command, cwd });
const read = (path: string) => ({ tool: "file_read", path, cwd });
const written = { tool: "file_write", path: "/workspace/new.txt", content: "hello from the model\nsecond line\n", cwd };
const edited = {
	...{ tool: "file_write", path: "/workspace/config.txt", cwd },
	edits: [{ old: "mode=prod", new: "mode=dev" }],
};
const deploy = { tool: "custom", name: "demo_deploy", arguments: { target: "production" } };

const from = (callId: string, session = main) => ({ identity: { agent: "opencode", session }, callId });
const ask = (callId: string, action: object, more: object = {}, session = main) => ({
	...{ kind: "ask", ...from(callId, session), action, takesEdits: false },
	...more,
});
const report = (callId: string, action: object, session = main) => ({
	...{ kind: "report", ...from(callId, session), action, outcome: "executed" },
});
const asked = { intent: "Run a command" };

recorded.testAll(openCode, {
	"PreToolUse-bash": ask("call_cs_4_0_e670d607", shell("echo built && ls src"), asked),
	"PreToolUse-bash-2": ask("call_cs_5_0_8495a767", shell("cat no-such-file"), asked),
	"PreToolUse-bash-3": ask("call_cs_6_0_dd098306", shell("rm victim.txt"), asked),
	"PreToolUse-demo_deploy": ask("call_cs_0_0_6358d166", deploy, {}, mcp),
	"PreToolUse-edit": ask("call_cs_3_0_4c45ed48", edited),
	"PreToolUse-read": ask("call_cs_0_0_f0dc66e3", read("/workspace/src/app.js")),
	"PreToolUse-read-2": ask("call_cs_2_0_a7afaa9e", read("/workspace/config.txt")),
	"PreToolUse-write": ask("call_cs_1_0_b3dbfc9f", written, { takesEdits: true }),
	"PostToolUse-bash": report("call_cs_4_0_e670d607", shell("echo built && ls src")),
	"PostToolUse-bash-2": {
		...report("call_cs_5_0_8495a767", shell("cat no-such-file")),
		...{ outcome: "failed", detail: "exit code 1" },
	},
	"PostToolUse-bash-3": report("call_cs_6_0_dd098306", shell("rm victim.txt")),
	"PostToolUse-demo_deploy": report("call_cs_0_0_6358d166", deploy, mcp),
	"PostToolUse-edit": report("call_cs_3_0_4c45ed48", edited),
	"PostToolUse-read": report("call_cs_0_0_f0dc66e3", read("/workspace/src/app.js")),
	"PostToolUse-read-2": report("call_cs_2_0_a7afaa9e", read("/workspace/config.txt")),
	"PostToolUse-write": report("call_cs_1_0_b3dbfc9f", written),
});

refusesAll(openCode, recorded.read("PreToolUse-bash"));

const bash = recorded.read("PreToolUse-bash");
const call = (tool_name: string, tool_input: object) => asks(openCode, { ...bash, tool_name, tool_input } as never);

test.each([
	["bash", { command: "rm x", sandbox: false }],
	["write", { filePath: "a", content: 5 }],
	["edit", { filePath: "a", oldString: "b" }],
	["webfetch", { url: "https://example.org", method: "POST" }],
	["batch", { calls: [] }],
])("a call that is not quite what we know is shown whole, and asks: %s %j", (name, input) => {
	expect(call(name, input).action).toEqual({ tool: "custom", name, arguments: input });
});

test("a call that names a file in a form that we do not know is high, and says why", () => {
	expect(call("write", { filePath: "a", content: "b", mode: 511 }).caution).toContain("names a file");
	expect(call("something", { x: 1 }).caution).toBeUndefined();
});

test.each([
	["bash", { command: "ls", workdir: "sub" }, { ...shell("ls"), cwd: "/workspace/sub" }],
	[
		"apply_patch",
		{ patchText: "*** Begin Patch\n*** Delete File: a\n*** End Patch" },
		{ tool: "file_delete", path: "a", cwd },
	],
	[
		"webfetch",
		{ url: "https://example.org", format: "text" },
		{ tool: "api_call", method: "GET", url: "https://example.org" },
	],
	["grep", { pattern: "x" }, read(cwd)],
	["todowrite", { todos: [] }, { tool: "log_write", text: "todowrite" }],
	["task", { prompt: "go" }, { tool: "log_write", text: "task" }],
])("a call that we know: %s %j", (name, input, action) => expect(call(name, input).action).toEqual(action));

describe("the answers that our plugin obeys", () => {
	const event = asks(openCode, recorded.read("PreToolUse-write"));
	test("allow and free are the word", () => {
		expect(openCode.free()).toEqual({ exit: 0, stdout: '{"decision":"allow"}', reason: "" });
		expect(openCode.allow(event, approved)).toEqual(openCode.free());
	});
	test("an edited approval names the new arguments", () => {
		expect(JSON.parse(openCode.allow(event, approvedAs("changed\n")).stdout)).toEqual({
			decision: "allow",
			args: { filePath: "/workspace/new.txt", content: "changed\n" },
		});
	});
	test("deny is exit 2 and a reason", () => {
		expect(openCode.deny("production config")).toEqual({ exit: 2, stdout: "", reason: "production config" });
	});
});
