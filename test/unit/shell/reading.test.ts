import { describe, expect, test } from "vitest";
import { argvsOf } from "../../../src/core/policy/shell.ts";
import { read } from "./opened.ts";

const argvs = (command: string) => argvsOf(read(command) ?? { commands: [], plain: undefined, notes: [] });
const words = (command: string) => read(command)?.commands.map((found) => found.words);
const notes = (command: string) => read(command)?.notes;

describe("a word has the value that bash would give it", () => {
	const ROWS: readonly [word: string, value: string | null][] = [
		["b", "b"],
		["1.5", "1.5"],
		["'b c'", "b c"],
		['"b c"', "b c"],
		['"  "', "  "],
		['""', ""],
		["b\\ c", "b c"],
		["\\b", "b"],
		["b'c'\"d\"e", "bcde"],
		["r''m", "rm"],
		['"a\\"b\\$c\\d"', 'a"b$c\\d'],
		["$'a\\n\\x41\\u0042\\'\\101'", "a\nAB'A"],
		["$'\\xff'", null],
		['$"b"', null],
		["$b", null],
		['"$b"', null],
		["b$c", null],
		["$(b)", null],
		["`b`", null],
		["<(b)", null],
		["*.ts", null],
		["\\*.ts", "*.ts"],
		["'*.ts'", "*.ts"],
		["b?", null],
		["[b]", null],
		["~", null],
		["~/b", null],
		["b~", "b~"],
		["{b,c}", null],
		["b{1..3}", null],
		["{,b}", null],
		["b{c,d}{e,f}", null],
		["{}", "{}"],
		["$((1+1))", null],
		["=b", "=b"],
	];
	test.each(ROWS)("%s", (word, value) => {
		expect(words(`a ${word}`)?.[0]).toEqual(["a", value]);
	});
});

describe("every command is found", () => {
	const ROWS: readonly [command: string, ...argvs: string[][]][] = [
		["a b && c || d; e | f & g", ["a", "b"], ["c"], ["d"], ["e"], ["f"], ["g"]],
		["a\nb", ["a"], ["b"]],
		["(a; b)", ["a"], ["b"]],
		["{ a; }", ["a"]],
		["! a", ["a"]],
		["if a; then b; else c; fi", ["a"], ["b"], ["c"]],
		["for i in $(a); do b; done", ["a"], ["b"]],
		["while a; do b; done", ["a"], ["b"]],
		["case $(a) in x) b;; esac", ["a"], ["b"]],
		["f() { a; }", ["a"]],
		["a $(b $(c))", ["a", ""], ["b", ""], ["c"]],
		["a `b`", ["a", ""], ["b"]],
		['a "x$(b)"', ["a", ""], ["b"]],
		["a <(b) >(c)", ["a", "", ""], ["b"], ["c"]],
		["X=$(a) b", ["b"], ["a"]],
		["X=$(a)", ["a"]],
		["export X=$(a)", ["export", ""], ["a"]],
		["export X=y", ["export", "X=y"]],
		["unset x", ["unset", "x"]],
		["[ -f a ] && b", ["[", "-f", "a", "]"], ["b"]],
		["a > $(b)", ["a"], ["b"]],
		["a <<< $(b)", ["a"], ["b"]],
		["a <<E\n$(b)\nE", ["a"], ["b"]],
		["a <<E | b\nx\nE", ["a"], ["b"]],
		["$" + "{x:-$(a)}", [""], ["a"]],
		["$x b", ["", "b"]],
		["time a", ["time", "a"], ["a"]],
	];
	test.each(ROWS)("%j", (command, ...expected) => {
		expect(argvs(command)).toEqual(expected);
	});
});

describe("what a command hands to another is found", () => {
	const PUSH = ["git", "push", "--force"];
	test.each([
		"sh -c 'git push --force'",
		"bash -c 'git push --force'",
		"bash -ec 'git push --force'",
		"bash -c -x 'git push --force'",
		"bash -o pipefail -c 'git push --force'",
		"bash -euo pipefail -c 'git push --force'",
		"bash --rcfile x -c 'git push --force'",
		"/bin/sh -c 'git push --force'",
		"sh -c 'a && git push --force'",
		"sh -c \"sh -c 'git push --force'\"",
		"sh -c $'git push --force'",
		"sh -c git\\ push\\ --force",
		"eval 'git push --force'",
		"eval git push --force",
		"eval 'git push' --force",
		"trap 'git push --force' EXIT",
		"sudo git push --force",
		"sudo -u root git push --force",
		"sudo -nu root -- git push --force",
		"sudo sh -c 'git push --force'",
		"env git push --force",
		"env -i A=b C=d git push --force",
		"env -u A git push --force",
		"env -S 'git push --force'",
		"env -S'git push --force'",
		"env -iS 'git push --force'",
		"env --split-string='git push --force'",
		"env -S 'git push' --force",
		"timeout 5 git push --force",
		"timeout -k 1 -s KILL 5 git push --force",
		"nice -n 5 git push --force",
		"nohup git push --force",
		"setsid -f git push --force",
		"command git push --force",
		"exec -a x git push --force",
		"coproc git push --force",
		"busybox git push --force",
		"watch -n 1 git push --force",
		"ssh -p 22 host git push --force",
		"ssh host 'git push --force'",
		"su -c 'git push --force' root",
		"su root -c 'git push --force'",
		"su --command='git push --force'",
		"script -qc 'git push --force' x",
		"find . -exec git push --force \\;",
		"find . -name x -execdir git push --force + -print",
		"find . -exec a {} \\; -exec sh -c 'git push --force' \\;",
		"xargs sh -c 'git push --force'",
		"xargs -I{} sh -c 'git push --force'",
		"sudo --user root sh -c 'git push --force'",
		"docker exec x sh -c 'git push --force'",
		"anything --at all bash -lc 'git push --force'",
		"sudo env A=b nice timeout 5 sh -c 'eval \"git push --force\"'",
		"$(sh -c 'git push --force')",
		"f() { eval 'git push --force'; }",
	])("%s", (command) => {
		expect(argvs(command)).toContainEqual(PUSH);
		const found = read(command)?.commands.find((one) => JSON.stringify(one.words) === JSON.stringify(PUSH));
		expect(found?.nested).toBe(true);
	});

	test("words that xargs adds are not known", () => {
		expect(words("xargs -n1 git push")?.[1]).toEqual(["git", "push", null]);
	});
	test("a file with -c behind it is not a text", () => {
		expect(argvs("bash x -c 'git push'")).toEqual([["bash", "x", "-c", "git push"]]);
	});
	test("a text that cannot be known says so", () => {
		for (const command of ["sh -c $x", 'eval "$x"', "eval a $x", 'bash -c "a $(b)"']) {
			expect(notes(command)).toContain("It gives a shell a text that is known only when it runs.");
		}
	});
	test("texts in texts are read four deep", () => {
		const quoted = (depth: number): string =>
			depth === 0 ? "a" : `eval '${quoted(depth - 1).replaceAll("'", "'\\''")}'`;
		expect(argvs(quoted(4))).toContainEqual(["a"]);
		expect(argvs(quoted(5))).not.toContainEqual(["a"]);
		expect(notes(quoted(4))).not.toContain("It is nested deeper than it is listed.");
		expect(notes(quoted(5))).toContain("It is nested deeper than it is listed.");
	});
	test("a text with an error says so", () => {
		expect(notes("sh -c 'a )'")).toContain(
			"Its syntax is not understood to the end: it may start more than is listed.",
		);
	});
	test("wrappers around wrappers end", () => {
		expect(notes(`${"env ".repeat(40)}a`)).toContain("It is nested deeper than it is listed.");
		expect(argvs(`${"env ".repeat(15)}a`)).toContainEqual(["a"]);
	});
});

test("what is nested is told from what is not", () => {
	const nested = read("a $(b) && (c); f() { d; }; sudo e")?.commands.map(({ words: [name], nested }) => [name, nested]);
	expect(nested).toEqual([
		["a", false],
		["b", true],
		["c", false],
		["d", true],
		["sudo", false],
		["e", true],
	]);
});

describe("a redirection belongs to its command", () => {
	const ROWS: readonly [command: string, at: number, ...redirects: [op: string, target: string | null][]][] = [
		["a > b", 0, [">", "b"]],
		["a >> b", 0, [">>", "b"]],
		["a >| b", 0, [">|", "b"]],
		["a &> b", 0, ["&>", "b"]],
		["a &>> b", 0, ["&>>", "b"]],
		["a 2>&1", 0, ["2>&", "1"]],
		["a < b", 0, ["<", "b"]],
		["a >&-", 0, [">&", "-"]],
		["a > $b", 0, [">", null]],
		["a > 'b c'", 0, [">", "b c"]],
		["a && b > c", 1, [">", "c"]],
		["a | b > c 2> d", 1, [">", "c"], ["2>", "d"]],
		["a > b | c", 0, [">", "b"]],
		["a <<E\nx\nE", 0, ["<<", "E"]],
		["a <<< b", 0, ["<<<", "b"]],
		["> a", 0, [">", "a"]],
		["{ a; } > b", 1, [">", "b"]],
		["(a) > b", 1, [">", "b"]],
		["while a; do b; done > c", 2, [">", "c"]],
		["sh -c 'a > b'", 1, [">", "b"]],
	];
	test.each(ROWS)("%j", (command, at, ...redirects) => {
		const commands = read(command)?.commands ?? [];
		expect(commands[at]?.redirects.map(({ op, target }) => [op, target])).toEqual(redirects);
		expect(commands.flatMap((one) => one.redirects)).toHaveLength(redirects.length);
	});
});

test("variables that are set have their names", () => {
	expect(read("A=1 B[0]=2 c")?.commands[0]?.assigns).toEqual(["A", "B"]);
	expect(read("export IFS=x")?.commands[0]?.assigns).toEqual(["IFS"]);
	expect(read("A=1 B=2")?.commands[0]).toEqual({ words: [], assigns: ["A", "B"], redirects: [], nested: false });
});

describe("a person is told", () => {
	const ROWS: readonly [command: string, ...notes: string[]][] = [
		["git status"],
		["a > /dev/null 2>&1"],
		["a | b"],
		["a $(b)", "It substitutes the output of another command."],
		["a <(b)", "It hands the output of another command over as a file."],
		["a $b $c", "It uses variables: what they hold is known only when it runs."],
		["a > /etc/x", "It writes to /etc/x (>)."],
		["a > x; b > x", "It writes to x (>)."],
		["a >&x", "It writes to x (>&)."],
		["a *", "Patterns in it (*, ?, [ ]) stand for the names of files."],
		["a '*' \\*"],
		["a # b", "It has a comment, which does not run."],
		["a &", "It leaves a command running in the background (&)."],
		["f() { a; }", "It defines a function, which can take the place of a program."],
		["if a; then b; fi", "It has loops or conditions: what of it runs is known only then."],
		["cd a", "cd changes what follows it."],
		["PATH=a b", "It sets PATH."],
		["a\u200b", "It holds characters that are not drawn, or that look like others."],
		["a 'b", "Its syntax is not understood to the end: it may start more than is listed."],
		["echo < /dev/tcp/a/80", "It opens a connection (/dev/tcp or /dev/udp)."],
		[
			"curl a | sh",
			"sh is an interpreter: what it runs is in its arguments or its input.",
			"sh may run what is piped into it.",
		],
		[
			"a <<E | b\nE",
			"It feeds a text of its own to a command (<<).",
			"Commands stand on the line of a here-document, after its mark.",
		],
		[
			"$a",
			"It uses variables: what they hold is known only when it runs.",
			"What one of its commands starts is known only when it runs.",
		],
		[
			"a > $b",
			"It uses variables: what they hold is known only when it runs.",
			"It writes to a file that is known only when it runs (>).",
		],
	];
	test.each(ROWS)("%j", (command, ...expected) => {
		expect([...(notes(command) ?? ["not read"])].sort()).toEqual([...expected].sort());
	});
});

describe("nothing is read of", () => {
	test.each(["'", ")", "\0"])("%j", (command) => {
		expect(read(command)).toBeUndefined();
	});
});

test("of no text there are no commands", () => {
	expect(read("")).toEqual({ commands: [], plain: undefined, notes: [] });
});

test("a tree that is very deep is not read to its ends, and says so", () => {
	const { notes: said, commands } = read(`a ${"$(b ".repeat(1000)}${")".repeat(1000)}`) ?? { notes: [], commands: [] };
	expect(said).toContain("It is nested deeper than it is listed.");
	expect(commands.length).toBeGreaterThan(10);
});
