import { expect, test } from "vitest";
import { diffText } from "../../../src/present/diffText.ts";
import { worked } from "../../support/worked.ts";

const bytes = (text: string) => Buffer.from(text, "utf8");

test("a change is a unified diff that names what is there and what is asked for", () => {
	expect(diffText("/ws/a", bytes("one\ntwo\nthree\n"), bytes("one\n2\nthree\n")).split("\n")).toEqual([
		"--- /ws/a\tnow",
		"+++ /ws/a\tproposed",
		"@@ -1,3 +1,3 @@",
		" one",
		"-two",
		"+2",
		" three",
	]);
	expect(diffText("/ws/a", null, bytes("x\n"))).toContain("--- /ws/a\tdoes not exist");
	expect(diffText("/ws/a", bytes("x\n"), null)).toContain("+++ /ws/a\tdeleted");
});

test("a final newline that comes or goes is shown", () => {
	expect(diffText("/ws/a", bytes("x\n"), bytes("x"))).toContain("\\ No newline at end of file");
});

test("line ends and byte order marks that change are shown", () => {
	expect(diffText("/ws/a", bytes("x\n"), bytes("x\r\n"))).toContain("+x\\u{d}");
	expect(diffText("/ws/a", bytes("x\n"), bytes("\ufeffx\n"))).toContain("+\\u{feff}x");
});

test("what is not text is said to be so, with its sizes", () => {
	expect(diffText("/ws/a", Buffer.from([0xff]), bytes("text"))).toBe("/ws/a: not text, 1 -> 4 bytes");
});

test("nothing in a file reaches the terminal raw", () => {
	const hostile = "\u001b[2J\u202e\u009b\u0007\r\u{e0061}";
	expect(diffText("/ws/a", bytes("x\n"), bytes(`${hostile}\n`))).toContain(
		"+\\u{1b}[2J\\u{202e}\\u{9b}\\u{7}\\u{d}\\u{e0061}",
	);
	const text = Array.from({ length: 60_000 }, (_, index) => `${(index * 7) % 7919}\n`).join("");
	const other = Array.from({ length: 60_000 }, (_, index) => `${(index * 13) % 7919}\n`).join("");
	for (const [base, proposed] of [
		[bytes("x\n"), bytes("y\n")],
		[Buffer.from([0xff]), null],
		[bytes(text), bytes(other)],
	] as const) {
		const shown = diffText(`/ws/${hostile}\n+name`, base, proposed);
		expect(shown).not.toMatch(/[\u001b\u202e\u009b\u0007\r]/);
		expect(shown).not.toMatch(/^\+name/m);
	}
});

test("a long diff is shown to its last line", () => {
	const lines = diffText("/ws/a", null, bytes(`${"line\n".repeat(1000)}EVIL\n`)).split("\n");
	expect(lines.filter((line) => line.startsWith("+"))).toHaveLength(1002);
	expect(lines.at(-1)).toBe("+EVIL");
});

test("a file that takes too long to compare is shown as all that goes and all that comes", () => {
	const many = (seed: number) => bytes(Array.from({ length: 60_000 }, (_, i) => `${(i * seed) % 7919}\n`).join(""));
	const from = worked();
	const lines = diffText("/ws/a", many(7), many(13)).split("\n");
	expect(worked() - from).toBeLessThan(3000);
	expect(lines.filter((line) => line.startsWith("-")).length).toBeGreaterThan(50_000);
	expect(lines.filter((line) => line.startsWith("+")).length).toBeGreaterThan(50_000);
});
