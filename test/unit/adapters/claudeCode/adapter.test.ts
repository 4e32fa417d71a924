import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { claudeCode } from "../../../../src/adapters/claudeCode/adapter.ts";
import type { AskEvent, HookEvent, ReportEvent } from "../../../../src/core/hookAdapter.ts";
import { actionSchema } from "../../../../src/protocol/action.ts";
import type { RequestState } from "../../../../src/protocol/messages.ts";

const FIXTURES = resolve("test/fixtures/agents/claude");
const recorded = (name: string) => JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), "utf8"));

const cwd = "/workspace";
const main = "af600583-3bc1-4e87-82d5-2d784e9f8982";
const subagents = "c7ecf216-64fa-4a18-bf16-3eb392e61a10";
const mcp = "0ede4070-6098-4bc0-95dd-a7431d8ce6f9";

const bash = (command: string) => ({ action: { tool: "shell_execute", command, cwd } });
const read = (path: string) => ({ action: { tool: "file_read", path, cwd } });
const write = {
	action: { tool: "file_write", path: "/workspace/new.txt", content: "hello from the model\nsecond line\n", cwd },
};
const edits = [{ old: "mode=prod", new: "mode=dev" }];
const edit = { action: { tool: "file_write", path: "/workspace/config.txt", edits, cwd } };
const agent = { action: { tool: "log_write", text: "Agent" } };
const deploy = {
	action: { tool: "mcp_call", server: "demo", name: "deploy", arguments: { target: "production" } },
};

const from = (session: string) => ({ identity: { agent: "claude-code", session } });
const ask = (session: string, callId: string, call: object, takesEdits = false) => ({
	...{ kind: "ask", ...from(session), callId, takesEdits },
	...call,
});
const asked = { intent: "Run a command" };
const report = (session: string, callId: string, call: object, outcome = "executed") => ({
	...{ kind: "report", ...from(session), callId, outcome },
	...call,
});
const note = { kind: "note" };

const EXPECTED: Readonly<Record<string, object>> = {
	"PermissionRequest-Bash": note,
	"PermissionRequest-Edit": note,
	"PermissionRequest-Write": note,
	"PostToolUse-Agent": report(subagents, "call_cs_0_0_47d8b790", agent),
	"PostToolUse-Bash": report(main, "call_cs_4_0_b004d8fc", bash("echo built && ls src")),
	"PostToolUse-Bash-2": report(main, "call_cs_6_0_063bec2f", bash("rm victim.txt")),
	"PostToolUse-Bash-3": report(subagents, "call_cs_1_0_cabd1a70", bash("rm -f victim.txt")),
	"PostToolUse-Edit": report(main, "call_cs_3_0_f9564fc8", edit),
	"PostToolUse-Read": report(main, "call_cs_0_0_0c1fd709", read("/workspace/src/app.js")),
	"PostToolUse-Read-2": report(main, "call_cs_2_0_daab088e", read("/workspace/config.txt")),
	"PostToolUse-Write": report(main, "call_cs_1_0_4a2889a7", write),
	"PostToolUse-mcp__demo__deploy": report(mcp, "call_cs_0_0_b2d67c09", deploy),
	"PostToolUseFailure-Bash": {
		...report(main, "call_cs_5_0_8a20ce5f", bash("cat no-such-file"), "failed"),
		detail: "Exit code 1\ncat: no-such-file: No such file or directory",
	},
	"PreToolUse-Agent": ask(subagents, "call_cs_0_0_47d8b790", agent),
	"PreToolUse-Bash": ask(main, "call_cs_4_0_b004d8fc", { ...bash("echo built && ls src"), ...asked }),
	"PreToolUse-Bash-2": ask(main, "call_cs_5_0_8a20ce5f", { ...bash("cat no-such-file"), ...asked }),
	"PreToolUse-Bash-3": ask(main, "call_cs_6_0_063bec2f", { ...bash("rm victim.txt"), ...asked }),
	"PreToolUse-Bash-4": ask(subagents, "call_cs_1_0_cabd1a70", { ...bash("rm -f victim.txt"), ...asked }),
	"PreToolUse-Edit": ask(main, "call_cs_3_0_f9564fc8", edit),
	"PreToolUse-Read": ask(main, "call_cs_0_0_0c1fd709", read("/workspace/src/app.js")),
	"PreToolUse-Read-2": ask(main, "call_cs_2_0_daab088e", read("/workspace/config.txt")),
	"PreToolUse-Write": ask(main, "call_cs_1_0_4a2889a7", write, true),
	"PreToolUse-mcp__demo__deploy": ask(mcp, "call_cs_0_0_b2d67c09", deploy),
};

test("every recorded payload is in the table", () => {
	const files = readdirSync(FIXTURES).map((file) => file.replace(/\.json$/, ""));
	expect(files.sort()).toEqual(Object.keys(EXPECTED).sort());
});

test.each(Object.entries(EXPECTED))("%s, as recorded", (name, expected) => {
	expect(claudeCode.parse(recorded(name))).toEqual(expected);
});

/** The event of a call like the recorded ones. */
function parseCall(tool_name: string, tool_input: object, changes: object = {}): HookEvent {
	return claudeCode.parse({ ...recorded("PreToolUse-Bash"), tool_name, tool_input, ...changes });
}
const actionOf = (...call: Parameters<typeof parseCall>) => (parseCall(...call) as AskEvent).action;

describe("a call that is not quite what we know is shown whole, and asks", () => {
	test.each([
		["Bash", { command: "rm x", dangerouslyDisableSandbox: true }],
		["Bash", { command: "rm x", description: 5 }],
		["Bash", { command: "" }],
		["Bash", { command: ["rm", "x"] }],
		["Bash", {}],
		["Write", { file_path: "a", content: "b", mode: "0777" }],
		["Write", { file_path: "", content: "b" }],
		["Write", { file_path: "a", content: null }],
		["Write", { content: "b" }],
		["Edit", { file_path: "a", old_string: "b", new_string: "c", replace_all: "yes" }],
		["Edit", { file_path: "a", old_string: "b" }],
		["Edit", { file_path: "a", old_string: "b", new_string: "c", regex: true }],
		["Read", { file_path: 5 }],
		["Read", {}],
		["NotebookRead", {}],
		["Grep", { path: 5 }],
		["WebFetch", { url: "https://example.org", method: "POST" }],
		["NotebookEdit", { notebook_path: "a", new_source: "b" }],
		["MultiEdit", { file_path: "a", edits: [] }],
		["mcp__demo", { target: "production" }],
		["mcp____x", {}],
		["bash", { command: "rm x" }],
		["SomethingNew", { deep: { list: [1, null, "x"] } }],
	])("%s %j", (name, input) => {
		expect(parseCall(name, input)).toMatchObject({ kind: "ask", takesEdits: false });
		expect(actionOf(name, input)).toEqual({ tool: "custom", name, arguments: input });
	});
});

describe("a call that we know", () => {
	test.each([
		["Bash", { command: "sleep 9", timeout: 9000, run_in_background: true }, bash("sleep 9").action],
		[
			"Edit",
			{ file_path: "a", old_string: "b", new_string: "c", replace_all: true },
			{ tool: "file_write", path: "a", edits: [{ old: "b", new: "c", all: true }], cwd },
		],
		[
			"Edit",
			{ file_path: "new", old_string: "", new_string: "all of it" },
			{ tool: "file_write", path: "new", content: "all of it", cwd },
		],
		["Read", { file_path: "a", offset: 5, limit: 9 }, read("a").action],
		["NotebookRead", { notebook_path: "a.ipynb" }, read("a.ipynb").action],
		["Grep", { pattern: "x", path: "src" }, read("src").action],
		["Glob", { pattern: "**" }, read(cwd).action],
		[
			"WebFetch",
			{ url: "https://example.org/a", prompt: "What is there?" },
			{ tool: "api_call", method: "GET", url: "https://example.org/a" },
		],
		["TodoWrite", { todos: [] }, { tool: "log_write", text: "TodoWrite" }],
		[
			"mcp__my_server__do__it",
			{ a: 1 },
			{ tool: "mcp_call", server: "my_server", name: "do__it", arguments: { a: 1 } },
		],
	])("%s %j", (name, input, action) => {
		expect(actionOf(name, input)).toEqual(action);
		expect(actionSchema.parse(action)).toEqual(action);
	});
});

describe("a payload that cannot be read is refused, so that the call is denied", () => {
	const call = recorded("PreToolUse-Bash");
	const { session_id: _, ...noSession } = call;
	const { tool_input: __, ...noInput } = call;
	test.each<[string, unknown]>([
		["null", null],
		["a string", "PreToolUse"],
		["a list", [call]],
		["nothing in it", {}],
		["no session", noSession],
		["an empty session", { ...call, session_id: "" }],
		["a session that is no text", { ...call, session_id: 5 }],
		["an endless session", { ...call, session_id: "x".repeat(501) }],
		["no folder", { ...call, cwd: "" }],
		["no input", noInput],
		["input that is text", { ...call, tool_input: "rm" }],
		["input that is a list", { ...call, tool_input: ["rm"] }],
		["no tool", { ...call, tool_name: "" }],
		["a tool that is no text", { ...call, tool_name: {} }],
		["no call id", { ...call, tool_use_id: undefined }],
		["an event that is no text", { ...call, hook_event_name: null }],
		["a tool call under an event that we do not know", { ...call, hook_event_name: "BeforeToolUse" }],
		["a report without a call id", { ...recorded("PostToolUse-Bash"), tool_use_id: undefined }],
	])("%s", (_name, payload) => {
		expect(() => claudeCode.parse(payload as never)).toThrow(expect.objectContaining({ code: "bad_request" }));
	});
});

test("a long error is cut, and not in the middle of a character", () => {
	const event = claudeCode.parse({ ...recorded("PostToolUseFailure-Bash"), error: `x${"😀".repeat(1000)}` });
	const { detail = "" } = event as ReportEvent;
	expect(detail.length).toBe(1000);
	expect(detail.isWellFormed()).toBe(true);
});

test("an event that is no tool call is no business of ours", () => {
	const { session_id } = recorded("PreToolUse-Bash");
	expect(claudeCode.parse({ session_id, cwd, hook_event_name: "SessionStart" })).toEqual(note);
});

describe("the answers", () => {
	const decision = { status: "approved", by: "ann", via: "editor", time: "2026-03-28T03:15:22.000Z" } as const;
	const state: RequestState = {
		...{ id: "0".repeat(32), key: "k", revision: 1, status: "approved", outcome: "executing" },
		decision,
	};
	const told = (event: HookEvent, decided = state) => {
		const answer = claudeCode.allow(event as AskEvent, decided);
		expect(answer).toMatchObject({ exit: 0, reason: "" });
		return JSON.parse(answer.stdout).hookSpecificOutput;
	};
	const edited = (content: string): RequestState => ({ ...state, decision: { ...decision, edited: true, content } });

	test("allow names who approved it and changes nothing", () => {
		expect(told(claudeCode.parse(recorded("PreToolUse-Write")))).toEqual({
			hookEventName: "PreToolUse",
			permissionDecision: "allow",
			permissionDecisionReason: "Approved by ann via editor",
		});
	});

	test("allow with the reviewer's text gives the whole input, also when the text is empty", () => {
		const event = claudeCode.parse(recorded("PreToolUse-Write"));
		for (const content of ["changed\n", ""]) {
			expect(told(event, edited(content)).updatedInput).toEqual({ file_path: "/workspace/new.txt", content });
		}
	});

	test("allow with the reviewer's text tells the model that it is another one, and what was left out", () => {
		const event = claudeCode.parse(recorded("PreToolUse-Write"));
		const { decision: approved } = edited("one\n");
		const rejectedHunks = [{ line: 2, removed: [], added: ["two"] }];
		const state = { ...edited("one\n"), ...(approved ? { decision: { ...approved, rejectedHunks } } : {}) };
		expect(told(event, edited("one\n")).additionalContext).toMatch(/wrote a changed version .* before you go on\.$/);
		expect(told(event, state).additionalContext).toMatch(/ left out these .*: before line 2, "two" was not added\.$/);
	});

	test("deny says why twice over: in JSON, and by the exit code with a reason for stderr", () => {
		const { exit, reason, stdout } = claudeCode.deny("production config");
		expect({ exit, reason }).toEqual({ exit: 2, reason: "production config" });
		expect(JSON.parse(stdout)).toEqual({
			hookSpecificOutput: {
				hookEventName: "PreToolUse",
				permissionDecision: "deny",
				permissionDecisionReason: "production config",
			},
		});
	});

	test("free is no opinion, not an allow", () => {
		expect(claudeCode.free()).toEqual({ exit: 0, stdout: "{}", reason: "" });
	});
});
