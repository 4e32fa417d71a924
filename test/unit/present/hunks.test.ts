import fc from "fast-check";
import { expect, test } from "vitest";
import { hunksOf } from "../../../src/present/hunks.ts";

const text = fc.array(fc.constantFrom("a", "b", "", "  a", "c;"), { maxLength: 30 }).map((lines) => lines.join("\n"));

test("the hunks, made to the text, give the proposal", () => {
	fc.assert(
		fc.property(text, text, (current, proposed) => {
			const lines = current.split("\n");
			let shift = 0;
			for (const { line, removed, added } of hunksOf(current, proposed) ?? []) {
				expect(lines.splice(line + shift, removed.length, ...added)).toEqual(removed);
				shift += added.length - removed.length;
			}
			expect(lines.join("\n")).toBe(proposed);
		}),
	);
});

test("line ends do not make a hunk, blanks do", () => {
	expect(hunksOf("a\r\nb\r\n", "a\nb\n")).toEqual([]);
	expect(hunksOf("if a:\nb\n", "if a:\n b\n")).toEqual([{ line: 1, removed: ["b"], added: [" b"] }]);
});
