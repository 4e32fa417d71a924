import { parse } from "jsonc-parser";
import { expect, test } from "vitest";
import { withFloor, withoutFloor } from "../../../../src/adapters/openCode/settings.ts";

test.each([
	["{}"],
	['{"model":"x"}'],
	['{\n  "model": "x" // mine\n}\n'],
	['{\n\t"permission": {},\n\t"model": "x"\n}\n'],
	['{ "permission": { "bash": "deny", "edit": "allow" } }'],
	['{\r\n  "permission": {\r\n    // never\r\n    "bash": { "*": "ask", "rm *": "deny" }\r\n  }\r\n}\r\n'],
])("the floor comes first, once, and goes without another byte changed: %j", (text) => {
	const connected = withFloor(text);
	const { permission: before = {}, ...rest } = parse(text);
	const { permission, ...restAfter } = parse(connected);
	expect(Object.entries(permission)).toEqual([["*", "ask"], ...Object.entries(before)]);
	expect(restAfter).toEqual(rest);
	expect(withFloor(connected)).toBe(connected);
	expect(withoutFloor(connected)).toBe(text);
	expect(withoutFloor(text)).toBe(text);
});

test("a file that was not there is gone again", () => {
	expect(parse(withFloor(""))).toEqual({ permission: { "*": "ask" } });
	expect(withoutFloor(withFloor(""))).toBe("");
});

test("a rule that was put beside it since stays", () => {
	const text = withFloor("{}").replace("/* Countersign */", '/* Countersign */, "bash": "deny"');
	expect(parse(withoutFloor(text))).toEqual({ permission: { bash: "deny" } });
});

test.each(['{"permission": "ask"}', '{"permission": {"*": "deny"}}', '{"permission": {"bash": "allow", "*": "ask"}}'])(
	"what asks already stays as it is: %s",
	(text) => {
		expect(withFloor(text)).toBe(text);
		expect(withoutFloor(text)).toBe(text);
	},
);

test.each([
	['{\n"permission": "allow"}', "line 2 allows every tool"],
	['{"permission": {\n"*": "allow"}}', "line 2 allows every tool"],
	['{"permission": {\n"*": {"x": "ask"}}}', "line 2 allows every tool"],
	['{\n"permission": []}', 'line 2 has "permission" that is not an object'],
	['{"a": 1,\n"a" 2}', "line 2 is not JSON"],
	["[]", "is not a JSON object"],
])("%j is refused, and the line is named", (text, why) => expect(() => withFloor(text)).toThrow(why));
