import { expect, test } from "vitest";
import { patchAction } from "../../../src/adapters/applyPatch.ts";
import { actionSchema } from "../../../src/protocol/action.ts";

const cwd = "/workspace";
const patch = (...lines: string[]) => ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
const write = (path: string, content: string) => ({ tool: "file_write", path, content });
const edit = (path: string, ...edits: [old: string, changed: string][]) => ({
	...{ tool: "file_write", path },
	edits: edits.map(([old, changed]) => ({ old, new: changed })),
});

test.each<[name: string, text: string, changes: object[]]>([
	["a new file", patch("*** Add File: a b.txt", "+one", "+", "++two"), [write("a b.txt", "one\n\n+two\n")]],
	["an empty new file", patch("*** Add File: a"), [write("a", "")]],
	["a deletion", patch("*** Delete File: /etc/a"), [{ tool: "file_delete", path: "/etc/a" }]],
	[
		"a change in its surroundings",
		patch("*** Update File: a", "@@ def f():", " x", "-y", "+z", "", " w"),
		[edit("a", ["x\ny\n\nw\n", "x\nz\n\nw\n"])],
	],
	["a change without a mark", patch("*** Update File: a", "-y", "+z"), [edit("a", ["y\n", "z\n"])]],
	[
		"several places",
		patch("*** Update File: a", "@@", "-1", "+2", "@@", "-3", "+4", "*** End of File"),
		[edit("a", ["1\n", "2\n"], ["3\n", "4\n"])],
	],
	["lines that only go", patch("*** Update File: a", "@@", "-1"), [edit("a", ["1\n", ""])]],
	[
		"a move",
		patch("*** Update File: a", "*** Move to: b/c", "@@", "-1", "+2"),
		[{ tool: "file_rename", from: "a", to: "b/c" }, edit("b/c", ["1\n", "2\n"])],
	],
	[
		"several files",
		patch("*** Add File: a", "+1", "*** Delete File: b", "*** Update File: c", "-1", "+2", "*** Delete File: d"),
		[
			write("a", "1\n"),
			{ tool: "file_delete", path: "b" },
			edit("c", ["1\n", "2\n"]),
			{ tool: "file_delete", path: "d" },
		],
	],
	[
		"a name that looks like a mark",
		patch("*** Add File: a", "+*** Delete File: b"),
		[write("a", "*** Delete File: b\n")],
	],
	[
		"a mark in the text of a change",
		patch("*** Update File: a", " *** Delete File: b", "-1"),
		[edit("a", ["*** Delete File: b\n1\n", "*** Delete File: b\n"])],
	],
	[
		"Windows line ends and room around it",
		`\n${patch("*** Delete File: a").replaceAll("\n", "\r\n")}\n`,
		[{ tool: "file_delete", path: "a" }],
	],
])("%s", (_, text, changes) => {
	const expected = changes.length === 1 ? { ...changes[0], cwd } : { tool: "changes", changes, cwd };
	const action = patchAction(text, cwd);
	expect(action).toEqual(expected);
	expect(actionSchema.parse(action)).toEqual(action);
});

test.each([
	["nothing", "", "line 1 is not *** Begin Patch"],
	["no end", "*** Begin Patch\n*** Delete File: a", "line 2 is not *** End Patch"],
	["no file", patch(), "line 2 changes no file"],
	["a mark that we do not know", patch("*** Chmod File: a"), "line 2 is not understood"],
	["another machine", patch("*** Environment ID: far", "*** Delete File: a"), "line 2 is not understood"],
	["text between the files", patch("*** Delete File: a", "and now", "*** Delete File: b"), "line 3 is not understood"],
	["no path", patch("*** Delete File: "), "line 2 is not understood"],
	["a here-document around it", `<<'EOF'\n${patch("*** Delete File: a")}\nEOF`, "line 1 is not"],
	["a change of nothing", patch("*** Update File: a"), "line 3 changes nothing"],
	["a move alone", patch("*** Update File: a", "*** Move to: b"), "line 4 changes nothing"],
	["lines added nobody knows where", patch("*** Update File: a", "@@", "+1"), "line 4 adds lines without"],
	["a second place without a mark", patch("*** Update File: a", "-1", "*oops"), "line 4 does not begin with @@"],
])("%s is refused, and the line is named", (_, text, why) => {
	expect(() => patchAction(text, cwd)).toThrow(why);
	expect(() => patchAction(text, cwd)).toThrow(expect.objectContaining({ code: "bad_request" }));
});
