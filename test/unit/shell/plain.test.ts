import { describe, expect, test } from "vitest";
import { neverARule } from "../../../src/core/policy/programs.ts";
import { MAX_TEXT } from "../../../src/shell/limits.ts";
import { plainWords } from "../../../src/shell/plainWords.ts";
import { plainOf, read } from "./opened.ts";

const parts = (count: number) => Array.from({ length: count }, () => "true").join(" && ");

describe("these are plain, and these are their words", () => {
	const PLAIN: readonly [command: string, argvs: string[][]][] = [
		["git status", [["git", "status"]]],
		["npm test", [["npm", "test"]]],
		["npm run lint:fix", [["npm", "run", "lint:fix"]]],
		["go vet ./...", [["go", "vet", "./..."]]],
		["make", [["make"]]],
		["make -j4 test", [["make", "-j4", "test"]]],
		["git log --format=%h -n5", [["git", "log", "--format=%h", "-n5"]]],
		["git log -n 5", [["git", "log", "-n", "5"]]],
		["git diff --stat HEAD", [["git", "diff", "--stat", "HEAD"]]],
		["git show HEAD@1", [["git", "show", "HEAD@1"]]],
		["tsc -p . --noEmit", [["tsc", "-p", ".", "--noEmit"]]],
		["ls -la src/a_b-c.d", [["ls", "-la", "src/a_b-c.d"]]],
		["date +%s", [["date", "+%s"]]],
		["a b=c d:e 1.5 x%y +z", [["a", "b=c", "d:e", "1.5", "x%y", "+z"]]],
		["scp2 user@host:path", [["scp2", "user@host:path"]]],
		["g++ a.cc", [["g++", "a.cc"]]],
		["apt-get install x", [["apt-get", "install", "x"]]],
		["a && b", [["a"], ["b"]]],
		["a || b", [["a"], ["b"]]],
		["a ; b", [["a"], ["b"]]],
		["a | b", [["a"], ["b"]]],
		["a&&b||c;d|e", [["a"], ["b"], ["c"], ["d"], ["e"]]],
		["  a   b  ", [["a", "b"]]],
		["git commit -m 'one, two'", [["git", "commit", "-m", "one, two"]]],
		['git commit -m "one (two) #3"', [["git", "commit", "-m", "one (two) #3"]]],
		["a '*.ts' \"?\" '~' '{x}' '[y]'", [["a", "*.ts", "?", "~", "{x}", "[y]"]]],
		["a ' b '", [["a", " b "]]],
		["a '@b' '=c' '-d.e'", [["a", "@b", "=c", "-d.e"]]],
		[parts(50), Array.from({ length: 50 }, () => ["true"])],
		// Only the program's name is special there.
		["git checkout if", [["git", "checkout", "if"]]],
		["npm run eval", [["npm", "run", "eval"]]],
	];
	test.each(PLAIN)("%s", (command, argvs) => {
		expect(plainOf(command)).toEqual(argvs);
	});
});

/** What went wrong elsewhere: an allowed word in front, and something else that ran. */
const KNOWN: readonly [name: string, command: string][] = [
	["a second command behind blanks", `grep x${" ".repeat(500)}; rm -rf $HOME`],
	["a newline", "git status\nrm x"],
	["a carriage return", "git status\rrm x"],
	["CRLF", "git status\r\nrm x"],
	["a background operator", "git status & rm x"],
	["$( )", "git status $(rm x)"],
	["backticks", "git status `rm x`"],
	["<( )", "git diff <(rm x)"],
	[">( )", "tee >(rm x)"],
	[">", "git status > x"],
	[">> on echo", "echo x >> y"],
	[">| of zsh", "echo x >| y"],
	["$IFS", "cat$IFS/etc/passwd"],
	["$IFS in braces", "rg x --pre=sh$" + "{IFS}y"],
	["60 parts", parts(60)],
	["51 parts", parts(51)],
	["51 parts by ;", Array.from({ length: 51 }, () => "a").join(";")],
	["env -S with a variable", "env -S 'sh -c $X'"],
	["a glob", "rm *"],
	["a variable", "echo $HOME"],
	["echo that writes", 'echo "x" > ~/.bashrc'],
	["sed with e", "sed '1e id;p' x"],
	["a poisoned variable", "export PAGER=x && git log"],
	["a variable in front", "PAGER=x git log"],
	["typeset", "typeset -i x && git log"],
	["declare", "declare x=1; git log"],
	["cd before git", "cd /evil && git status"],
	["a pipe into a piped sed", "echo 1 | sed 's/1/id/e' > x"],
	["find -exec", "find . -exec id \\;"],
	["a copied loader", "/lib64/ld-linux-x86-64.so.2 ./x"],
];

/** More of the kind, by what a shell makes of the characters. */
const HOSTILE: readonly [name: string, command: string][] = [
	["nothing", ""],
	["blanks only", "   "],
	["a tab", "git\tstatus"],
	["a trailing ;", "git status;"],
	["a leading ;", "; git status"],
	["an empty part", "a ; ; b"],
	["a trailing &&", "a &&"],
	["a trailing |", "a |"],
	["a leading &&", "&& a"],
	["|||", "a ||| b"],
	["&&&", "a &&& b"],
	[";;", "a ;; b"],
	["|&", "a |& b"],
	["&>", "a &> b"],
	["&>>", "a &>> b"],
	["2>&1", "a 2>&1"],
	["<", "a < b"],
	["<>", "a <> b"],
	["a here-document", "a <<E\nb\nE"],
	["a here-document with tabs", "a <<-E\nb\nE"],
	["a here-string", "a <<< b"],
	["a subshell", "(a)"],
	["a group", "{ a; }"],
	["a brace list", "a {b,c}"],
	["a brace range", "a {1..9}"],
	["a bare brace", "a {}"],
	["$'…'", "a $'\\x62'"],
	['$"…"', 'a $"b"'],
	["a variable between quotes", 'a "$b"'],
	["a substitution between quotes", 'a "$(b)"'],
	["backticks between quotes", 'a "`b`"'],
	["arithmetic", "a $((1+1))"],
	["old arithmetic", "a $[1+1]"],
	["(( ))", "((a=1))"],
	["a backslash", "a \\b"],
	["a backslash between quotes", 'a "\\b"'],
	["a backslash between single quotes", "a 'b\\'"],
	["a backslash and a newline", "git \\\nstatus"],
	["a backslash in the name", "r\\m x"],
	["quotes in the name", "r''m x"],
	["a quoted name", "'git' status"],
	["a name between double quotes", '"git" status'],
	["quotes within a word", "a b'c'd"],
	["quotes side by side", "a 'b''c'"],
	["an empty word", "a ''"],
	["an empty word, double", 'a ""'],
	["double quotes between single ones", "a '\"'"],
	["a quote that does not end", "a 'b"],
	["a double quote that does not end", 'a "b'],
	["a newline between quotes", "a 'b\nc'"],
	["a tilde", "a ~/b"],
	["a tilde alone", "a ~"],
	["~+", "a ~+"],
	["a comment", "a # b"],
	["a comment that hides", "a #' \n rm x #'"],
	["a word with #", "a b#c"],
	["history", "a !!"],
	["history in a word", "a b!c"],
	["history between quotes", 'a "!b"'],
	["history by substitution", "^a^b"],
	["a negation", "! a"],
	["zsh's =program", "a =b"],
	["zsh's =program first", "=a b"],
	["zsh's glob qualifiers", "a *(e:'b':)"],
	["zsh's extended glob", "a b^c"],
	["zsh's numeric glob", "a <1-9>"],
	["a question mark", "a ?"],
	["brackets", "a [b]"],
	["extglob", "a @(b|c)"],
	["an array", "a=(b c)"],
	["an element", "a[0]=b"],
	["an appended variable", "a+=b c"],
	["an assignment alone", "a=b"],
	["a second assignment", "git status && a=b"],
	["PowerShell's call operator", "& a"],
	["PowerShell's call of a string", "& 'a' b"],
	["PowerShell's splat", "a @b"],
	["PowerShell's list", "a b,c"],
	["PowerShell's script block", "a { b }"],
	["PowerShell's --%", "a --% b"],
	["PowerShell's --", "a -- b"],
	["PowerShell's dotted option", "a -b.c"],
	["PowerShell's option with a colon", "a -b:c"],
	["PowerShell's ForEach-Object", "a | % b"],
	["PowerShell's Where-Object", "a | ? b"],
	["PowerShell's number", "1 ; a"],
	["PowerShell's number with a unit", "1kb"],
	["PowerShell's variable", "$a = 1"],
	["PowerShell's static call", "[a]::b()"],
	["a PowerShell word in capitals", "ForEach a in b"],
	["Invoke-Expression", "iex 'a'"],
	["a job", "%1 &"],
	["an option first", "-a b"],
	["a plus first", "+a b"],
	["a dot first", ". a"],
	["source", "source a"],
	["eval", "eval a"],
	["exec", "exec a"],
	["command", "command a"],
	["builtin", "builtin a"],
	["alias", "alias a=b"],
	["a lasting alias before", "alias && git status"],
	["unalias", "git status; unalias x"],
	["set", "set -e"],
	["shopt", "shopt -s x"],
	["trap", "trap a EXIT"],
	["enable", "enable -f x y"],
	["hash", "hash -p /evil git"],
	["umask", "umask 0"],
	["printf -v", "printf -v PATH x"],
	["read", "echo x | read PATH"],
	["pushd", "pushd x"],
	["exit", "exit"],
	["time", "time a"],
	["coproc", "coproc a"],
	["if", "if a"],
	["[[", "[[ a ]]"],
	["[", "[ a ]"],
	["a loop", "for a in b; do c; done"],
	["while", "while a; do b; done"],
	["case", "case a in b) c;; esac"],
	["select", "select a in b; do c; done"],
	["a function", "a() { b; }"],
	["a function by its word", "function a { b; }"],
	["nocorrect", "nocorrect a"],
	["noglob", "noglob a"],
	["a full-width ;", "git status\uff1b rm x"],
	["a Greek question mark", "git status\u037e rm x"],
	["a full-width letter", "\uff47it status"],
	["a Cyrillic letter", "git st\u0430tus"],
	["a no-break space", "git\u00a0status"],
	["a zero-width space", "git\u200bstatus"],
	["a right-to-left override", "git \u202estatus"],
	["a line separator", "git status\u2028rm x"],
	["a next line", "git status\u0085rm x"],
	["curly quotes, which end a PowerShell string", "a \u2019b\u2019"],
	["curly quotes between quotes", "a 'b\u2019; c \u2019'"],
	["an en dash, which is a dash to PowerShell", "a \u2013b"],
	["a NUL", "git status\0"],
	["an escape", "git status\x1b[8m"],
	["a backspace", "git statuz\bs"],
	["a vertical tab", "a\vb"],
	["a byte order mark", "\ufeffgit status"],
	["half of a pair", "git \ud800"],
	["cmd.exe's operators between quotes", 'a "b&c"'],
	["a pipe between quotes", "a 'b|c'"],
	["cmd.exe's caret", 'a "b^c"'],
	["less-than between quotes", "a '<b'"],
];

/** Plain, and still nothing that a rule may let pass: what runs is in the words. */
test.each([
	["git -c core.fsmonitor=x status", ["git", "-c", "core.fsmonitor=x", "status"]],
	["env -S 'sh -c id'", ["env", "-S", "sh -c id"]],
	["find . -delete", ["find", ".", "-delete"]],
	["sh -c 'rm x'", ["sh", "-c", "rm x"]],
	["sudo git status", ["sudo", "git", "status"]],
	["timeout 5 git status", ["timeout", "5", "git", "status"]],
	["xargs git status", ["xargs", "git", "status"]],
	["npx tsc", ["npx", "tsc"]],
	["busybox sh", ["busybox", "sh"]],
	["python3 -c id", ["python3", "-c", "id"]],
])("plain, but no rule may name it: %s", (command, argv) => {
	expect(plainOf(command)).toEqual([argv]);
	expect(neverARule(argv)).toBeDefined();
});

describe("these are for a person", () => {
	test.each(KNOWN)("%s", (_, command) => {
		expect(plainOf(command)).toBeUndefined();
	});
	test.each(HOSTILE)("%s", (_, command) => {
		expect(plainOf(command)).toBeUndefined();
	});
	test("a text of 100 KB, which nobody reads", () => {
		expect(read(`git status ${"x".repeat(100_000)}`)).toBeUndefined();
	});
	test("a text is read up to its limit, and is plain up to a smaller one", () => {
		const git = (length: number) => `git ${"x".repeat(length - 4)}`;
		expect(plainOf(git(4096))).toEqual([["git", "x".repeat(4092)]]);
		expect(plainOf(git(4097))).toBeUndefined();
		expect(read(git(MAX_TEXT))?.commands).toHaveLength(1);
		expect(read(git(MAX_TEXT + 1))).toBeUndefined();
	});
});

/** What a grammar does not read as PowerShell does is for a person too, although all four shells agree on it. */
test.each(["a -", "/usr/bin/git status", 'a "(("'])("two grammars must agree: %s", (command) => {
	expect(plainWords(command)).toBeDefined();
	expect(plainOf(command)).toBeUndefined();
});

test("by the characters alone, too, all that is hostile is for a person", () => {
	const taken = [...KNOWN, ...HOSTILE].filter(([, command]) => plainWords(command) !== undefined);
	expect(taken.map(([name]) => name)).toEqual(["a copied loader"]);
});
