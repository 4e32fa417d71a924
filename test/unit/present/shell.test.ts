import { expect, test } from "vitest";
import { describeShell } from "../../../src/present/shell.ts";
import { read } from "../shell/opened.ts";

const KNOWN: Readonly<Record<string, string>> = { git: "/usr/bin/git", sh: "/usr/bin/dash", evil: "/tmp/e\u202evil" };
const shown = (command: string) => {
	const reading = read(command);
	if (!reading) throw new Error("not read");
	return describeShell(reading, (name) => KNOWN[name]);
};

test("each command stands on a line with the file that it is, and what is nested further in", () => {
	expect(shown("git status && sh -c 'git push \"$x\" > out.txt' 2>&1")).toEqual([
		"git status ‹/usr/bin/git›",
		'sh -c "git push \\"$x\\" > out.txt" ‹/usr/bin/dash›',
		"  joins 2>&1",
		"    git push ‹known only when it runs› ‹/usr/bin/git›",
		"      writes out.txt",
		"sh is an interpreter: what it runs is in its arguments or its input.",
		"It uses variables: what they hold is known only when it runs.",
		"It writes to out.txt (>).",
	]);
});

test.each([
	["a > /ws/out.txt", "  writes /ws/out.txt"],
	["a >> b", "  appends to b"],
	["a &>> b", "  appends to b"],
	["a < b", "  reads b"],
	["a <<< b", "  reads a text of the command"],
	["a <<E\nE", "  reads the text up to E"],
	["a >&-", "  joins >&-"],
	["a > $b", "  writes ‹known only when it runs›"],
	["a > 'b c'", '  writes "b c"'],
])("a redirection in words: %j", (command, line) => {
	expect(shown(command)[1]).toBe(line);
});

test("what is no file says so", () => {
	expect(shown("cd x && missing")[0]).toBe("cd x ‹the shell’s own›");
	expect(shown("cd x && missing")[1]).toBe("missing ‹not found on the gate’s PATH›");
	expect(shown("A=1 git x")[0]).toBe("‹sets A› git x ‹/usr/bin/git›");
	expect(shown("A=1")[0]).toBe("‹sets A›");
});

test("nothing of the agent's can pass for ours, start a line or hide", () => {
	const lines = shown("git 'a b' 'c\nIt is harmless.' '‹/bin/true›' '\u202e' > 'x\u200b\ny'; evil");
	expect(lines[0]).toBe('git "a b" "c\\nIt is harmless." "‹/bin/true›" "\\u{202e}" ‹/usr/bin/git›');
	expect(lines[1]).toBe('  writes "x\\u{200b}\\ny"');
	expect(lines[2]).toBe("evil ‹/tmp/e\\u{202e}vil›");
	expect(lines).toContain("It writes to x\\u{200b}\\ny (>).");
	expect(lines.join("")).not.toMatch(/[\n\u200b\u202e]/);
});
