import { describe, expect, test } from "vitest";
import { hookCommand, withHooks, withoutHooks } from "../../../../src/adapters/claudeCode/settings.ts";

const EVENTS = ["PreToolUse", "PostToolUse", "PostToolUseFailure"];
const COMMAND = hookCommand("/home/it's/.countersign/bin/countersign-hook", 60);
const connect = (text: string) => withHooks(text, COMMAND, 120);

const OTHERS = `{
  "permissions": { "allow": ["Bash(npm i @anthropic-ai/claude-code)"], "deny": [] },
  "hooks": {
    "Stop": [{ "hooks": [{ "type": "command", "command": "say done" }] }],
    "PreToolUse": [
      { "matcher": "Bash", "hooks": [ { "type": "command", "command": "lint" }, {"type":"command","command":"log"} ] },

      { "matcher": "Write", "hooks": [] }
    ]
  },
  "model": "opus"
}
`;

/** Settings as people have them, with and without hooks, in every layout. */
const FILES: Readonly<Record<string, string>> = {
	"nothing in it": "{}",
	"an empty object over two lines": "{\n}\n",
	"one line": '{"model":"opus","list":[1, 2]}',
	"one line with spaces": '{ "model": "opus" }\n',
	"no line break at its end": '{\n  "model": "opus"\n}',
	"lines of its own": '{\n\n  "model":   "opus" ,\n  "list": [ 1,\n 2 ]\n\n}\n\n',
	tabs: '{\n\t"model": "opus",\n\t"env": { "A": "1" }\n}\n',
	"four spaces": '{\n    "model": "opus"\n}\n',
	"Windows line ends": '{\r\n  "model": "opus"\r\n}\r\n',
	"other hooks": OTHERS,
	"other hooks in one line": '{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"x"}]}]}}',
	"other hooks with tabs": '{\n\t"hooks": {\n\t\t"PostToolUse": [\n\t\t\t{ "hooks": [] }\n\t\t]\n\t}\n}\n',
};

describe.each(Object.entries(FILES))("settings with %s", (_, text) => {
	test("come back byte for byte", () => expect(withoutHooks(connect(text))).toBe(text));

	test("stay as they are when connected again", () => expect(connect(connect(text))).toBe(connect(text)));

	test("are left alone where there is nothing to take out", () => expect(withoutHooks(text)).toBe(text));

	test("keep all they had, in its order, with our hooks behind it", () => {
		const before = JSON.parse(text);
		const after = JSON.parse(connect(text));
		const ours = {
			matcher: "*",
			hooks: [{ type: "command", command: COMMAND, timeout: 120, onFailure: "block" }],
		};
		const { hooks, ...rest } = after;
		const { hooks: hooksBefore = {}, ...restBefore } = before;
		expect(Object.entries(rest)).toEqual(Object.entries(restBefore));
		for (const event of EVENTS) expect(hooks[event]).toEqual([...(hooksBefore[event] ?? []), ours]);
		expect(hooks.Stop).toEqual(hooksBefore.Stop);
	});

	test("take a new limit in the place of the old one", () => {
		const other = withHooks(text, hookCommand("/elsewhere/countersign-hook", 5), 65);
		expect(connect(other)).toBe(connect(text));
	});
});

test("a file that is not there gets our hooks and nothing else, readable", () => {
	const text = connect("");
	expect(text).toMatch(/^\{\n {2}"hooks": \{\n {4}"PreToolUse": \[\n/);
	expect(text.endsWith("\n  }\n}\n")).toBe(true);
	expect(Object.keys(JSON.parse(text))).toEqual(["hooks"]);
	expect(JSON.parse(withoutHooks(text))).toEqual({});
	expect(withoutHooks("")).toBe("{}\n");
});

test("hooks put beside ours since then stay, on both sides and in the same entry", () => {
	const settings = JSON.parse(connect('{"hooks":{"PreToolUse":[{"hooks":[]}]}}'));
	settings.hooks.PreToolUse.push({ matcher: "Late", hooks: [] });
	settings.hooks.PostToolUse[0].hooks.unshift({ type: "command", command: "first" });
	settings.hooks.PostToolUse[0].hooks.push({ type: "command", command: "last" });
	const text = JSON.stringify(settings, null, 2);
	expect(JSON.parse(withoutHooks(text))).toEqual({
		hooks: {
			PreToolUse: [{ hooks: [] }, { matcher: "Late", hooks: [] }],
			PostToolUse: [
				{ matcher: "*", hooks: [settings.hooks.PostToolUse[0].hooks[0], settings.hooks.PostToolUse[0].hooks[2]] },
			],
		},
	});
	const again = JSON.parse(connect(text));
	for (const event of EVENTS) {
		expect(JSON.stringify(again.hooks[event]).split("claude-code 60 ||")).toHaveLength(2);
	}
});

test("comments stay when our hooks are taken out of a file that got them since", () => {
	const connected = connect('{\n  "model": "opus"\n}\n');
	const text = connected.replace('"opus",', '"opus", // the large one').replace(/\}\n$/, "  /* end */ }\n// foot\n");
	expect(withoutHooks(text)).toBe('{\n  "model": "opus" // the large one\n  /* end */ }\n// foot\n');
	const beside = connected.replace('"PreToolUse": [', '"PreToolUse": [ // mine');
	expect(withoutHooks(beside)).toBe(
		'{\n  "model": "opus",\n  "hooks": {\n    "PreToolUse": [ // mine\n    ]\n  }\n}\n',
	);
	const swallowing = connected.replace('"opus",\n', '"opus", // the large one\n').replace(/\n\}\n$/, "}");
	expect(withoutHooks(swallowing)).toBe('{\n  "model": "opus" // the large one\n}');
});

/** Claude Code was seen to ignore such files whole, without a word: the gate would only seem to be there. */
const REFUSED: Readonly<Record<string, readonly [text: string, why: string]>> = {
	"a line comment": ['{\n  "model": "opus",\n  // mine\n  "list": []\n}\n', "line 3 holds a comment"],
	"a block comment": ['{ /* mine */ "model": "opus" }', "line 1 holds a comment"],
	"a comma at the end": ['{\n  "model": "opus",\n}', "line 3 is not JSON"],
	"no comma": ['{\n"a": 1\n"b": 2}', "line 3 is not JSON"],
	"its end missing": ['{\n"a": {', "is not JSON"],
	"no quotes": ["{\na: 1}", "line 2 is not JSON"],
	"a list": ["[]", "line 1 is not a JSON object"],
	null: ["\nnull", "line 2 is not a JSON object"],
	"hooks twice": ['{"hooks": {},\n"hooks": {}}', 'line 2 names "hooks" a second time'],
	"an event twice": ['{"hooks": {"PreToolUse": [],\n\n"PreToolUse": []}}', 'line 3 names "PreToolUse" a second time'],
	"all hooks turned off": ['{\n"disableAllHooks": true}', "line 2 turns all hooks off"],
	"hooks that are a list": ['{\n\n"hooks": []}', 'line 3 has "hooks" that is not an object'],
	"hooks that are null": ['{"hooks":\nnull}', 'line 2 has "hooks" that is not an object'],
	"an event that is no list": [
		'{"hooks": {\n"PostToolUse": "x"}}',
		'line 2 has "hooks.PostToolUse" that is not a list',
	],
	"an entry that is no object": ['{"hooks": {\n"PreToolUse": ["x"]}}', 'line 2 has a member of "hooks.PreToolUse"'],
	"an entry whose hooks are no list": ['{"hooks": {"PreToolUse": [\n{"hooks": "x"}]}}', "line 2 has"],
	"a hook that is no object": ['{"hooks": {"PreToolUse": [{"hooks": [\nnull]}]}}', "line 2 has a hook of"],
};

test.each(Object.entries(REFUSED))("settings with %s are refused, and the line is named", (_, [text, why]) => {
	expect(() => connect(text)).toThrow(expect.objectContaining({ name: "Error", code: "bad_request" }));
	expect(() => connect(text)).toThrow(why);
});
