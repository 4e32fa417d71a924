import { describe, expect, test } from "vitest";
import type { ConfigFile, Scope } from "../../../src/adapters/agentSetup.ts";
import { ADAPTERS } from "../../../src/adapters/all.ts";
import { SETUPS } from "../../../src/adapters/setups.ts";
import { MAX_HOOK_WAIT } from "../../../src/protocol/messages.ts";

const places = { workspace: "/w s", userHome: "/home/ann", environment: {} };
const PROGRAM = "/home/it's/.countersign/bin/countersign-hook";
const filesOf = (agent: string, scope: Scope = "project", waitSeconds = 60): readonly ConfigFile[] =>
	SETUPS.find((setup) => setup.agent === agent)?.files(scope, places, { program: PROGRAM, waitSeconds }) ?? [];

const inFolder = (folder: string, names: readonly string[]) => names.map((name) => `${folder}/${name}`);
const LAID = ["package-lock.json", "node_modules/@opencode-ai/plugin/package.json"];
const OPENCODE = ["plugin/countersign.js", "opencode.json", ...LAID];

test("whoever can be connected is answered, and the other way round", () => {
	expect(SETUPS.map(({ agent }) => agent).sort()).toEqual(ADAPTERS.map(({ agent }) => agent).sort());
});

test.each<[agent: string, scope: Scope, paths: string[]]>([
	["claude-code", "project", ["/w s/.claude/settings.local.json"]],
	["claude-code", "user", ["/home/ann/.claude/settings.json"]],
	["codex", "project", ["/w s/.codex/hooks.json"]],
	["codex", "user", ["/home/ann/.codex/hooks.json"]],
	["gemini-cli", "project", ["/w s/.gemini/settings.json", "/home/ann/.gemini/policies/countersign.toml"]],
	["gemini-cli", "user", ["/home/ann/.gemini/settings.json", "/home/ann/.gemini/policies/countersign.toml"]],
	["qwen-code", "project", ["/w s/.qwen/settings.json"]],
	["qwen-code", "user", ["/home/ann/.qwen/settings.json"]],
	["opencode", "project", [...inFolder("/w s/.opencode", OPENCODE), ...inFolder("/home/ann/.config/opencode", LAID)]],
	["opencode", "user", inFolder("/home/ann/.config/opencode", OPENCODE)],
	["cline", "project", inFolder("/w s/.cline/hooks", ["PreToolUse.sh", "PostToolUse.sh"])],
	["cline", "user", inFolder("/home/ann/.cline/hooks", ["PreToolUse.sh", "PostToolUse.sh"])],
])("%s keeps its configuration of the %s there", (agent, scope, paths) => {
	expect(filesOf(agent, scope).map(({ path }) => path)).toEqual(paths);
});

/** Agents with a settings file of hooks: its events, whether comments are taken, what a day of waiting is in its unit. */
const HOOK_FILES = [
	{ agent: "claude-code", events: ["PreToolUse", "PostToolUse", "PostToolUseFailure"], comments: false, timeout: 120 },
	{ agent: "codex", events: ["PreToolUse", "PostToolUse"], comments: false, timeout: 120 },
	{ agent: "gemini-cli", events: ["BeforeTool", "AfterTool"], comments: true, timeout: 120_000 },
	{
		...{ agent: "qwen-code", comments: true, timeout: 120_000 },
		events: ["PreToolUse", "PostToolUse", "PostToolUseFailure"],
	},
] as const;

const layouts = (event: string): Readonly<Record<string, string>> => ({
	"nothing in it": "{}",
	"an empty object over two lines": "{\n}\n",
	"one line": '{"model":"opus","list":[1, 2]}',
	"no line break at its end": '{\n  "model": "opus"\n}',
	"lines of its own": '{\n\n  "model":   "opus" ,\n  "list": [ 1,\n 2 ]\n\n}\n\n',
	tabs: '{\n\t"model": "opus",\n\t"env": { "A": "1" }\n}\n',
	"Windows line ends": '{\r\n  "model": "opus"\r\n}\r\n',
	"other hooks": `{\n  "hooks": {\n    "Stop": [{ "hooks": [{ "type": "command", "command": "say done" }] }],\n    "${event}": [\n      { "matcher": "x", "hooks": [ {"type":"command","command":"log"} ] },\n\n      { "matcher": "y", "hooks": [] }\n    ]\n  },\n  "model": "opus"\n}\n`,
	"other hooks in one line": `{"hooks":{"${event}":[{"hooks":[{"type":"command","command":"x"}]}]}}`,
});

describe.each(HOOK_FILES)("the hooks of $agent", ({ agent, events, comments, timeout }) => {
	const [file] = filesOf(agent);
	const [elsewhere] = filesOf(agent, "project", 5);
	if (!file || !elsewhere) throw new Error(`no files of ${agent}`);

	describe.each(Object.entries(layouts(events[0])))("in a file with %s", (_, text) => {
		test("come and go without another byte changed", () => {
			expect(file.disconnect(file.connect(text))).toBe(text);
			expect(file.disconnect(text)).toBe(text);
		});
		test("come once, however often", () => {
			expect(file.connect(file.connect(text))).toBe(file.connect(text));
			expect(file.connect(elsewhere.connect(text))).toBe(file.connect(text));
		});
		test("stand behind all that was there", () => {
			const { hooks: before = {}, ...restBefore } = JSON.parse(text);
			const { hooks, ...rest } = JSON.parse(file.connect(text));
			expect(Object.entries(rest).slice(0, Object.keys(restBefore).length)).toEqual(Object.entries(restBefore));
			expect(hooks.Stop).toEqual(before.Stop);
			for (const event of events) {
				expect(hooks[event].slice(0, -1)).toEqual(before[event] ?? []);
				const [ours] = hooks[event].at(-1).hooks;
				expect(hooks[event].at(-1).matcher).toBe("*");
				expect(ours.timeout).toBe(timeout);
				expect(ours.command).toBe(
					`'/home/it'\\''s/.countersign/bin/countersign-hook' ${agent} 60 || { echo 'Countersign did not allow this call.' >&2; exit 2; }`,
				);
			}
		});
	});

	test("make a file of their own where there is none, and leave an empty object", () => {
		expect(JSON.parse(file.connect("")).hooks).toHaveProperty(events[0]);
		expect(JSON.parse(file.disconnect(file.connect("")))).toEqual({});
	});

	test("keep the comments of a file that may have them; another is refused", () => {
		const text = '{\n  // mine\n  "model": "opus" /* large */\n}\n';
		if (!comments) expect(() => file.connect(text)).toThrow("line 2 holds a comment");
		else expect(file.disconnect(file.connect(text))).toBe(text);
	});

	test.each([
		["its end missing", '{\n"a": {', "is not JSON"],
		["a comma too many", '{\n  "model": "opus",\n}', "line 3 is not JSON"],
		["a list", "[]", "line 1 is not a JSON object"],
		["hooks twice", '{"hooks": {},\n"hooks": {}}', 'line 2 names "hooks" a second time'],
		["hooks that are a list", '{\n\n"hooks": []}', 'line 3 has "hooks" that is not an object'],
		["an event that is no list", `{"hooks": {\n"${events[0]}": "x"}}`, "line 2 has"],
		["an entry that is no object", `{"hooks": {\n"${events[0]}": ["x"]}}`, "line 2 has a member"],
		["a hook that is no object", `{"hooks": {"${events[0]}": [{"hooks": [\nnull]}]}}`, "line 2 has a hook of"],
	])("are not put into a file with %s: the agent would ignore it whole", (_, text, why) => {
		expect(() => file.connect(text)).toThrow(expect.objectContaining({ code: "bad_request" }));
		expect(() => file.connect(text)).toThrow(why);
	});
});

test.each(["gemini-cli", "qwen-code"])("%s is never told to wait longer than its timer can count", (agent) => {
	const timeouts = (wait: number) => [
		...(filesOf(agent, "user", wait)[0]?.connect("") ?? "").matchAll(/"timeout": (\d+)/g),
	];
	for (const [, timeout] of timeouts(MAX_HOOK_WAIT)) expect(Number(timeout)).toBeLessThanOrEqual(2_147_483_647);
	expect(timeouts(MAX_HOOK_WAIT).length).toBeGreaterThan(1);
	expect(() => timeouts(MAX_HOOK_WAIT + 1000)).toThrow("waits at most");
	// Qwen takes a small number for seconds.
	for (const [, timeout] of timeouts(1)) expect(Number(timeout)).toBe(61_000);
});

test.each([
	["claude-code", '{\n"disableAllHooks": true}', "line 2 turns all hooks off"],
	["qwen-code", '{\n"disableAllHooks": true}', "line 2 turns all hooks off"],
	["gemini-cli", '{\n"hooksConfig": {"enabled": false}}', "line 2 turns all hooks off"],
	["gemini-cli", '{\n"hooksConfig": {"disabled": ["countersign"]}}', "line 2 disables the hook countersign"],
])("%s is not connected where its hooks are off: %s", (agent, text, why) => {
	expect(() => filesOf(agent)[0]?.connect(text)).toThrow(why);
});

describe("the floor under Gemini's hook", () => {
	const floor = filesOf("gemini-cli")[1] as ConfigFile;
	test("asks, and is ours alone", () => {
		expect(floor.connect("")).toContain('decision = "ask_user"');
		expect(floor.connect(floor.connect(""))).toBe(floor.connect(""));
		expect(floor.disconnect(floor.connect(""))).toBe("");
		expect(floor.isShared).toBe(true);
	});
	test("does not take another file's place, nor take it away", () => {
		expect(() => floor.connect("[[rule]]\n")).toThrow("is not ours");
		expect(floor.disconnect("[[rule]]\n")).toBe("[[rule]]\n");
	});
});

test.each(["opencode", "cline"])("the files of %s come and go whole, and take nobody's place", (agent) => {
	const [own, ...rest] = filesOf(agent);
	for (const file of [own, ...rest]) {
		const text = file?.connect("") ?? "";
		expect(file?.connect(text)).toBe(text);
		expect(file?.disconnect(text)).toBe("");
		expect(file?.disconnect("")).toBe("");
	}
	expect(() => own?.connect("#!/bin/sh\necho mine\n")).toThrow("is not ours. Move it out of the way first");
	expect(own?.disconnect("#!/bin/sh\necho mine\n")).toBe("#!/bin/sh\necho mine\n");
});

test("what OpenCode downloaded by itself, or somebody else put there, stays", () => {
	for (const file of filesOf("opencode").slice(2)) {
		expect(file.connect('{"name":"mine"}')).toBe('{"name":"mine"}');
		expect(file.disconnect('{"name":"mine"}')).toBe('{"name":"mine"}');
	}
});

test("Cline is answered before its 120 seconds are over", () => {
	const cline = SETUPS.find(({ agent }) => agent === "cline");
	expect(cline?.maxWait).toBeLessThan(110);
	expect(cline?.notice).toContain("the model is not told why");
});

test.each(SETUPS)("nothing that $agent reads holds a secret or a relative program", ({ files }) => {
	for (const { connect } of files("project", places, { program: PROGRAM, waitSeconds: 60 })) {
		expect(connect("")).not.toMatch(/token|Bearer|COUNTERSIGN_ENDPOINT/);
	}
});
