import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveExecutable } from "../../../src/shell/executables.ts";
import { lazyShell } from "../../../src/shell/lazyShell.ts";
import { MAX_TEXT, SHORT_TEXT } from "../../../src/shell/limits.ts";
import { plainWords } from "../../../src/shell/plainWords.ts";
import { tempDir } from "../../support/tempDir.ts";
import { worked } from "../../support/worked.ts";
import { plainOf, read } from "./opened.ts";

const OPERATOR = ["&&", "||", ";", "|", " && ", " || ", " ; ", " | "];
const PROGRAMS = ["aa", "bb", "cc-d", "ee.f"];
const letters = (min: number, from: string) =>
	fc.string({ unit: fc.constantFrom(...from), minLength: min, maxLength: 8 });

describe("whatever is plain comes back as it was written", () => {
	const bare = fc.oneof(
		fc.tuple(letters(1, "abcXYZ_"), letters(0, "abc0189_./:+-")).map((pieces) => pieces.join("")),
		letters(1, "abc").map((word) => `-${word}`),
		letters(1, "abc-").map((word) => `--x${word}`),
		fc.nat(9999).map(String),
	);
	const quoted = letters(1, "ab01 .,~*?#(){}[]:=@%-");
	const word = fc.oneof(
		bare.map((text) => ({ text, value: text })),
		quoted.map((value) => ({ text: `'${value}'`, value })),
		quoted.map((value) => ({ text: `"${value}"`, value })),
	);
	const command = fc.tuple(fc.constantFrom(...PROGRAMS), fc.array(word, { maxLength: 4 }));
	const line = fc.array(fc.tuple(fc.constantFrom(...OPERATOR), command), { minLength: 1, maxLength: 6 });

	test("for every list of words, but for the few that one grammar does not understand", () => {
		const runs = 500;
		let missed = 0;
		fc.assert(
			fc.property(line, (parts) => {
				const pieces = parts.map(([operator, [program, words]], at) =>
					[at === 0 ? "" : operator, [program, ...words.map((each) => each.text)].join(" ")].join(""),
				);
				const argvs = parts.map(([, [program, words]]) => [program, ...words.map(({ value }) => value)]);
				const text = pieces.join("");
				expect(plainWords(text)).toEqual(argvs);
				const plain = plainOf(text);
				if (plain) expect(plain).toEqual(argvs);
				else missed++;
			}),
			{ numRuns: runs },
		);
		expect(missed).toBeLessThan(runs / 3);
	});
});

test("one plain command is read by its characters as a parse reads it", () => {
	const wrapper = fc.constantFrom(
		"make",
		"git",
		"sudo",
		"env",
		"xargs",
		"sh -c",
		"timeout 5",
		"nice -n 5",
		"find . -exec",
		"ls",
	);
	const word = fc.oneof(
		letters(1, "abc019._/=+@%:-"),
		fc.constantFrom("rm", "-rf", "python3", "curl", "A=b", "--", "-u", "'rm -rf x'", '"ls; id"', "-c", "bash"),
	);
	let compared = 0;
	fc.assert(
		fc.property(wrapper, fc.array(word, { maxLength: 6 }), (first, words) => {
			const text = [first, ...words].join(" ");
			// The end of a line changes nothing, but such a text is parsed.
			const [one, parsed] = [read(text), read(`${text}\n`)];
			if (plainWords(text) === undefined || parsed?.notes.some((note) => note.includes("not understood"))) return;
			compared++;
			expect({ commands: one?.commands, notes: one?.notes }).toEqual({
				commands: parsed?.commands,
				notes: parsed?.notes,
			});
		}),
		{ numRuns: 2000 },
	);
	expect(compared).toBeGreaterThan(500);
});

describe("a real shell runs exactly what is plain", () => {
	const SHELLS = ["bash", "dash", "zsh"].flatMap((name) => resolveExecutable(name, "/", process.env.PATH ?? "") ?? []);
	const HOSTILE = [
		..."'\"$`\\#~=+{}()<>*?[]!^&|;,%@:-\n\r\t ",
		...[
			"$x",
			"$'",
			"--",
			"-x",
			"a=b",
			"{a,b}",
			"\u00a0",
			"\uff1b",
			"''",
			'"',
			"'a b'",
			'"a b"',
			"1",
			">",
			"<<",
			">&",
			"|&",
			";;",
		],
		...[
			"if",
			"time",
			"eval",
			"cd",
			"exec",
			".",
			"[[",
			"aa",
			"bb",
			"x",
			"x-y",
			"&&",
			"||",
			"=aa",
			"~",
			"%1",
			"*",
			"/tmp",
			"\\\n",
		],
	];
	const piece = fc.oneof(
		{ weight: 4, arbitrary: fc.constantFrom(...PROGRAMS.map((name) => `${name} `), "x ", "y", " ", "-l ") },
		{ weight: 2, arbitrary: fc.constantFrom(...OPERATOR) },
		{ weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
	);
	const text = fc
		.tuple(fc.constantFrom(...PROGRAMS), fc.array(piece, { minLength: 1, maxLength: 8 }))
		.map(([first, rest]) => `${first} ${rest.join("")}`);

	const STAGED = [...PROGRAMS, "x", "y", "x-y"];

	/** Programs that write the words they were started with, and succeed. */
	function stage(): { bin: string; log: string; root: string } {
		const root = tempDir();
		const [bin, log] = [join(root, "bin"), join(root, "log")];
		mkdirSync(bin);
		for (const name of STAGED) {
			writeFileSync(join(bin, name), `#!/bin/sh\nprintf '%s\\0' "\${0##*/}" "$@" '' >> '${log}'\n`);
			chmodSync(join(bin, name), 0o755);
		}
		return { bin, log, root };
	}

	function ran(shell: string, command: string, { bin, log, root }: ReturnType<typeof stage>): string[][] {
		rmSync(log, { force: true });
		const { status, stderr } = spawnSync(shell, ["-c", command], {
			env: { PATH: bin },
			cwd: root,
			encoding: "utf8",
			// With a socket for its input bash takes itself for a login from elsewhere, and reads what a person wrote for that.
			stdio: ["ignore", "ignore", "pipe"],
		});
		if (stderr !== "") throw new Error(`${shell} ${JSON.stringify(command)}: ${status} ${stderr}`);
		const runs = existsSync(log) ? readFileSync(log, "utf8").split("\0\0").slice(0, -1) : [];
		return runs.map((run) => run.split("\0"));
	}

	/** What stands after `||` does not run, since all succeed; nor does the rest of its pipe. */
	function expected(command: string, argvs: readonly (readonly string[])[]): (readonly string[])[] {
		const operators = command.match(/&&|\|\||;|\|/g) ?? [];
		let runs = true;
		return argvs.filter((_, at) => {
			const before = operators[at - 1];
			if (before !== "|") runs = before !== "||";
			return runs;
		});
	}

	const sorted = (argvs: readonly (readonly string[])[]) => argvs.map((argv) => JSON.stringify(argv)).sort();

	test("for texts of a hostile alphabet", { timeout: 120_000 }, () => {
		const place = stage();
		expect(SHELLS.length).toBeGreaterThan(0);
		let tried = 0;
		fc.assert(
			fc.property(text, (command) => {
				const plain = plainOf(command);
				if (!plain?.every(([program = ""]) => STAGED.includes(program)) || tried++ > 150) return;
				for (const shell of SHELLS)
					expect(sorted(ran(shell, command, place))).toEqual(sorted(expected(command, plain)));
			}),
			{ numRuns: 2500 },
		);
		expect(tried).toBeGreaterThan(50);
	});
});

describe("no text makes it throw, or wait", () => {
	/** By the clock or by this process's work, whichever says less, the best of five: what else runs is not its. Ms. */
	function quick(text: string): void {
		let took = Number.POSITIVE_INFINITY;
		for (let attempt = 0; attempt < 5 && took > 200; attempt++) {
			const [from, before] = [performance.now(), worked()];
			read(text);
			took = Math.min(took, performance.now() - from, worked() - before);
		}
		expect(took).toBeLessThan(200);
	}

	const syntax = fc.constantFrom(..."'\"$`\\#~={}()<>*?[]!&|;\n ab", "if ", "<<E\n", "$(", "case ", "f() ", "sh -c '");

	test("random bytes", { timeout: 60_000 }, () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: SHORT_TEXT }), (bytes) => quick(Buffer.from(bytes).toString("latin1"))),
			{ numRuns: 200 },
		);
		fc.assert(fc.property(fc.string({ unit: "binary", maxLength: SHORT_TEXT }), quick), { numRuns: 200 });
		fc.assert(fc.property(fc.string({ unit: syntax, maxLength: SHORT_TEXT / 2 }), quick), { numRuns: 600 });
	});

	const PIECES = [
		...[
			"(",
			"$(",
			"{ ",
			"`",
			'"',
			"'",
			"<<E ",
			"a <<E\n",
			"a;",
			"a|",
			"a&&",
			"a=",
			"[[ ",
			"[ ",
			"((",
			"$" + "{x:-",
			"$((",
			"\\",
		],
		...[
			"\\\n",
			"*",
			"{a,",
			"<(",
			">a ",
			"$'",
			'"$(',
			"if a; then ",
			"case x in ",
			"f() { ",
			"a $b `c` ",
			"env ",
			"eval eval ",
		],
		...[
			"find -exec a ; ",
			"sudo ",
			"a 'b' ",
			"x[1]=2 ",
			"!",
			"a # b\n",
			"\0",
			"\u00e9",
			"a\n",
			"a<<<b ",
			"sh -c 'a' ; ",
			"$x",
			"a&",
		],
		...["a|&", "x|y|\n", ";,[", ";;((", "}|", "`<esac "],
	];
	const full = (piece: string, size: number) => piece.repeat(Math.floor(size / piece.length));

	test.each(PIECES)("a short text of %j", (piece) => quick(full(piece, SHORT_TEXT)));

	describe("as much as is read, in a thread of its own,", () => {
		const shell = lazyShell("dist", () => undefined);
		const long = `printf ${"word ".repeat(SHORT_TEXT)}`;

		async function readsOn(text: string): Promise<void> {
			await shell.read(text);
			expect((await shell.read(long))?.commands).toHaveLength(1);
		}

		test.each(PIECES)("of %j, and the next text is read", (piece) => readsOn(full(piece, MAX_TEXT)));

		test("random bytes, and the next text is read", async () => {
			const texts = [
				fc.uint8Array({ minLength: SHORT_TEXT, maxLength: 4096 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
				fc.string({ unit: "binary", minLength: SHORT_TEXT, maxLength: 2000 }),
				fc.string({ unit: syntax, minLength: SHORT_TEXT, maxLength: 3000 }),
			];
			for (const text of texts) await fc.assert(fc.asyncProperty(text, readsOn), { numRuns: 100 });
		});
	});

	test("what ends the parser for good ends only its thread: short texts are read meanwhile, long ones after it", async () => {
		const shell = lazyShell("dist", () => undefined);
		await shell.read("true");
		const order: string[] = [];
		const noted = async (name: string, text: string) => {
			const reading = await shell.read(text);
			order.push(name);
			return reading;
		};
		const hostile = noted("hostile", full("a|", MAX_TEXT));
		const long = shell.read(`git status ${"x ".repeat(SHORT_TEXT)}`);
		await noted("short", "git status");
		expect(await hostile).toBeUndefined();
		expect((await long)?.plain?.[0]?.slice(0, 2)).toEqual(["git", "status"]);
		expect(order).toEqual(["short", "hostile"]);
	});
});
