import { describe, expect, test } from "vitest";
import { codex } from "../../../../src/adapters/codex/adapter.ts";
import { approved, approvedAs, asks, recordedOf, refusesAll } from "../recorded.ts";

const direct = recordedOf("codex");
const code = recordedOf("codex-code");

const cwd = "/workspace";
const shell = (command: string, where = cwd) => ({ tool: "shell_execute", command, cwd: where });
const added = { tool: "file_write", path: "new.txt", content: "hello from the model\nsecond line\n", cwd };
const edits = [{ old: "mode=prod\n", new: "mode=dev\n" }];
const updated = { tool: "file_write", path: "config.txt", edits, cwd };
const deploy = { tool: "mcp_call", server: "demo", name: "deploy", arguments: { target: "production" } };

const from = (session: string) => ({ identity: { agent: "codex", session } });
const ask = (session: string, callId: string, action: object, more: object = {}) => ({
	...{ kind: "ask", ...from(session), callId, action, takesEdits: false },
	...more,
});
const report = (session: string, callId: string, action: object) => ({
	...{ kind: "report", ...from(session), callId, action, outcome: "executed" },
});

const main = "01a202e4-5053-74c0-840c-e30e165b12a4";
const workdir = "01a202e4-5b69-7810-b205-1c2b07baa390";
const stdin = "01a202e4-5f1b-71a2-ba23-6ccdef0f5f31";
const mcp = "01a202e4-65d1-7de3-9266-1a97be50d601";
const inCode = "01a202e4-68ce-7821-8ac6-7a592667b86e";

direct.testAll(codex, {
	"PreToolUse-Bash": ask(main, "call_cs_0_0_0f7079e8", shell("cat src/app.js")),
	"PreToolUse-Bash-2": ask(main, "call_cs_3_0_0b9ba7a0", shell("echo built && ls src")),
	"PreToolUse-Bash-3": ask(main, "call_cs_4_0_6c67c051", shell("cat no-such-file")),
	"PreToolUse-Bash-4": ask(main, "call_cs_5_0_c128f174", shell("rm victim.txt")),
	"PreToolUse-Bash-5": ask(workdir, "call_cs_0_0_e74e3627", shell("rm victim.txt", "/workspace/sub")),
	"PreToolUse-Bash-6": ask(stdin, "call_cs_0_0_09b1cb4f", shell("bash --norc"), {
		caution: expect.stringContaining("asks nobody"),
	}),
	"PreToolUse-apply_patch": ask(main, "call_cs_1_0_31fb675d", added),
	"PreToolUse-apply_patch-2": ask(main, "call_cs_2_0_51895678", updated),
	"PreToolUse-mcp__demo__deploy": ask(mcp, "call_cs_0_0_9e909518", deploy),
	"PostToolUse-Bash": report(main, "call_cs_0_0_0f7079e8", shell("cat src/app.js")),
	"PostToolUse-Bash-2": report(main, "call_cs_3_0_0b9ba7a0", shell("echo built && ls src")),
	"PostToolUse-Bash-3": report(main, "call_cs_4_0_6c67c051", shell("cat no-such-file")),
	"PostToolUse-Bash-4": report(main, "call_cs_5_0_c128f174", shell("rm victim.txt")),
	"PostToolUse-Bash-5": report(workdir, "call_cs_0_0_e74e3627", shell("rm victim.txt", "/workspace/sub")),
	"PostToolUse-Bash-6": report(stdin, "call_cs_0_0_09b1cb4f", shell("bash --norc")),
	"PostToolUse-apply_patch": report(main, "call_cs_1_0_31fb675d", added),
	"PostToolUse-apply_patch-2": report(main, "call_cs_2_0_51895678", updated),
	"PostToolUse-mcp__demo__deploy": report(mcp, "call_cs_0_0_9e909518", deploy),
});

code.testAll(codex, {
	"PreToolUse-Bash": ask(inCode, "exec-f18cf177-2fd0-41bd-b64f-abc9a909c5a3", shell("cat src/app.js")),
	"PreToolUse-Bash-2": ask(inCode, "exec-8f42196b-3a35-4a00-aa55-623c0b6d2a28", shell("echo built && ls src")),
	"PreToolUse-Bash-3": ask(inCode, "exec-ea616736-80d2-4f6e-9ac3-bf426382291f", shell("cat no-such-file")),
	"PreToolUse-Bash-4": ask(inCode, "exec-61343650-8656-4108-b267-34d3d3a402e6", shell("rm victim.txt")),
	"PreToolUse-apply_patch": ask(inCode, "exec-5619bd5a-dadb-44d0-a58c-23a50e1855c2", added),
	"PreToolUse-apply_patch-2": ask(inCode, "exec-9c1b2134-d3a7-4a27-8338-c853a444bde8", updated),
	"PostToolUse-Bash": report(inCode, "exec-f18cf177-2fd0-41bd-b64f-abc9a909c5a3", shell("cat src/app.js")),
	"PostToolUse-Bash-2": report(inCode, "exec-8f42196b-3a35-4a00-aa55-623c0b6d2a28", shell("echo built && ls src")),
	"PostToolUse-Bash-3": report(inCode, "exec-ea616736-80d2-4f6e-9ac3-bf426382291f", shell("cat no-such-file")),
	"PostToolUse-Bash-4": report(inCode, "exec-61343650-8656-4108-b267-34d3d3a402e6", shell("rm victim.txt")),
	"PostToolUse-apply_patch": report(inCode, "exec-5619bd5a-dadb-44d0-a58c-23a50e1855c2", added),
	"PostToolUse-apply_patch-2": report(inCode, "exec-9c1b2134-d3a7-4a27-8338-c853a444bde8", updated),
});

refusesAll(codex, direct.read("PreToolUse-Bash"));

const bash = direct.read("PreToolUse-Bash");
const call = (tool_name: string, tool_input: object) => asks(codex, { ...bash, tool_name, tool_input } as never);

test.each([
	["Bash", { command: "rm x", tty: true }],
	["Bash", { command: "" }],
	["Bash", {}],
	["apply_patch", { command: 5 }],
	["apply_patch", { patch: "*** Begin Patch" }],
	["view_image", {}],
	["write_stdin", { session_id: 1, chars: "rm x\n" }],
	["mcp__demo", {}],
	["SomethingNew", { deep: { list: [1, null, "x"] } }],
])("a call that is not quite what we know is shown whole, and asks: %s %j", (name, input) => {
	expect(call(name, input).action).toEqual({ tool: "custom", name, arguments: input });
});

test.each([
	["view_image", { path: "a.png" }, { tool: "file_read", path: "a.png", cwd }],
	["update_plan", { plan: [] }, { tool: "log_write", text: "update_plan" }],
	["spawn_agent", { message: "go" }, { tool: "log_write", text: "spawn_agent" }],
])("a call that we know: %s", (name, input, action) => expect(call(name, input).action).toEqual(action));

test("a patch that failed is reported as failed, with what Codex said", () => {
	const report = direct.read("PostToolUse-apply_patch");
	const said = "Exit code: 1\nWall time: 0 seconds\nOutput:\nFailed to find expected lines";
	expect(codex.parse({ ...report, tool_response: said })).toMatchObject({ outcome: "failed", detail: said });
});

test("an event that is no tool call is no business of ours", () => {
	const { session_id } = bash;
	expect(codex.parse({ session_id, cwd, hook_event_name: "SessionStart", turn_id: "t" } as never)).toEqual({
		kind: "note",
	});
});

describe("the answers that Codex obeys", () => {
	const silence = { exit: 0, stdout: "", reason: "" };
	test("it allows by silence, never by words that a later version may not know", () => {
		const event = asks(codex, direct.read("PreToolUse-apply_patch"));
		expect(codex.allow(event, approved)).toEqual(silence);
		expect(codex.allow(event, approvedAs("x"))).toEqual(silence);
		expect(codex.free()).toEqual(silence);
	});
	test("it denies by exit 2 and a reason on stderr, with nothing on stdout", () => {
		expect(codex.deny("production config")).toEqual({ exit: 2, stdout: "", reason: "production config" });
	});
});
