import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hunksAt, hunksOf, withHunks } from "../../../src/present/hunks.ts";

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

test("with all hunks a text is the proposal, with none it is as it was, and each can be taken out by itself", () => {
	fc.assert(
		fc.property(text, text, fc.nat(), (current, proposed, nth) => {
			const hunks = hunksOf(current, proposed) ?? [];
			expect(withHunks(current, hunks, "\n")).toBe(proposed);
			expect(withHunks(current, [], "\n")).toBe(current);
			if (hunks.length === 0) return;
			const kept = hunks.toSpliced(nth % hunks.length, 1);
			const without = withHunks(current, kept, "\n");
			expect(without).not.toBe(proposed);
			const rest = hunksOf(without, proposed) ?? [];
			expect(withHunks(without, rest, "\n")).toBe(proposed);
		}),
	);
});

describe("a hunk is chosen by its lines on either side, or by those around a place that has none", () => {
	const hunks = hunksOf("a\nb\nc\nd\ne\nf\n", "a\nB\nB2\nc\ne\nf\nnew\n") ?? [];
	const [changed, gone, added] = hunks;
	test.each([
		["proposed", 0, []],
		["proposed", 1, [changed]],
		["proposed", 2, [changed]],
		["proposed", 3, [gone]],
		["proposed", 4, [gone]],
		["proposed", 5, []],
		["proposed", 6, [added]],
		["current", 1, [changed]],
		["current", 2, []],
		["current", 3, [gone]],
		["current", 5, [added]],
	] as const)("%s, line %i", (side, line, expected) => {
		expect(hunksAt(hunks, { side, from: line, to: line })).toEqual(expected);
	});

	test("a selection chooses all that it touches", () => {
		expect(hunksAt(hunks, { side: "proposed", from: 0, to: 4 })).toEqual([changed, gone]);
	});
});
