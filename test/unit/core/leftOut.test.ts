import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareLines } from "../../../src/core/hunks.ts";
import { leftOut } from "../../../src/core/leftOut.ts";
import { withHunks } from "../../../src/present/hunks.ts";

const BASE = "a\nb\nc\nd\ne\nf\ng\nh\n";
const PROPOSED = "A\nb\nc\nnew\nd\ne\nf\nh\nend\n";
const changed = { line: 0, removed: ["a"], added: ["A"] };
const added = { line: 3, removed: [], added: ["new"] };
const removed = { line: 6, removed: ["g"], added: [] };
const appended = { line: 8, removed: [], added: ["end"] };

const line = fc.constantFrom("a", "b", "", "}", "  a");
const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.join("\n"));
const picks = fc.infiniteStream(fc.boolean());

/** What a reviewer has who takes some of the hunks. */
function chosen(base: string, proposed: string, isTaken: Iterator<boolean>) {
	const hunks = compareLines(base, proposed, { maxEditLength: 500 }) ?? [];
	const kept = hunks.filter(() => isTaken.next().value);
	return { hunks, kept, left: hunks.filter((hunk) => !kept.includes(hunk)) };
}

describe("what was left out of a choice of hunks is told, and nothing else", () => {
	test.each([
		["all taken", PROPOSED, []],
		["none taken", BASE, [changed, added, removed, appended]],
		["a changed line", "a\nb\nc\nnew\nd\ne\nf\nh\nend\n", [changed]],
		["a new line", "A\nb\nc\nd\ne\nf\nh\nend\n", [added]],
		["a line that was to go", "A\nb\nc\nnew\nd\ne\nf\ng\nh\nend\n", [removed]],
		["two of them", "a\nb\nc\nnew\nd\ne\nf\nh\n", [changed, appended]],
	])("%s", (_, approved, expected) => {
		expect(leftOut(BASE, PROPOSED, approved)).toEqual(expected);
	});

	test("whatever the lines, equal ones too: without what is told the proposal is what was approved", () => {
		fc.assert(
			fc.property(text, text, picks, (base, proposed, isTaken) => {
				const { hunks, kept } = chosen(base, proposed, isTaken);
				const approved = withHunks(base, kept, "\n");
				const told = leftOut(base, proposed, approved) ?? [];
				expect(hunks).toEqual(expect.arrayContaining([...told]));
				const rest = hunks.filter((hunk) => !told.some(({ line }) => line === hunk.line));
				expect(withHunks(base, rest, "\n")).toBe(approved);
				if (approved === proposed) expect(told).toEqual([]);
			}),
			{ numRuns: 1000 },
		);
	});

	test("lines that are all different: exactly the hunks that were not taken, with any line ends", () => {
		const lines = fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 40 });
		const edits = fc.infiniteStream(fc.constantFrom("keep", "change", "drop", "add"));
		const end = fc.constantFrom("\n", "\r\n");
		fc.assert(
			fc.property(lines, edits, picks, end, end, fc.boolean(), (numbers, does, isTaken, from, to, isEnded) => {
				const edit = (line: string) => {
					const { value } = does.next();
					if (value === "drop") return [];
					return value === "add" ? [`before ${line}`, line] : [value === "change" ? `${line} changed` : line];
				};
				const last = isEnded ? [""] : [];
				const base = [...numbers.map(String), ...last].join(from);
				const proposed = [...numbers.map(String).flatMap(edit), ...last].join(to);
				const { kept, left } = chosen(base, proposed, isTaken);
				expect(leftOut(base, proposed, withHunks(base, kept, to))).toEqual(left);
			}),
			{ numRuns: 1000 },
		);
	});
});

describe("what the reviewer wrote otherwise", () => {
	test.each([
		["a hunk made in another way is not left out", "my a\nb\nc\nnew\nd\ne\nf\nh\nend\n", []],
		["nor is one of which a part was taken", "A\nb\nc\nnew\nd\ne\nf\ng but shorter\nh\nend\n", []],
		["another hunk beside it is", "my a\nb\nc\nd\ne\nf\nh\nend\n", [added]],
		["and with lines of the reviewer's own", "A\nb\nc\nnew\nd\nmine\ne\nf\nh\n", [appended]],
		["nothing of it is left: no hunk was left out, all was thrown away", "x\n", []],
	])("%s", (_, approved, expected) => {
		expect(leftOut(BASE, PROPOSED, approved)).toEqual(expected);
	});

	test("a line of the reviewer's own, wherever it is: nothing that was taken is told as left out", () => {
		fc.assert(
			fc.property(text, text, picks, fc.nat(), (base, proposed, isTaken, at) => {
				const { kept, left } = chosen(base, proposed, isTaken);
				const lines = withHunks(base, kept, "\n").split("\n");
				const approved = lines.toSpliced(at % (lines.length + 1), 0, "mine").join("\n");
				expect(left).toEqual(expect.arrayContaining([...(leftOut(base, proposed, approved) ?? [])]));
			}),
			{ numRuns: 1000 },
		);
	});

	test("a block that was taken among others that are like it is not left out, one that was not is", () => {
		const block = (name: string) => `def ${name}\n  x\nend\n\n`;
		const file = (name: string, ...blocks: string[]) => ["a", ...blocks, name].map(block).join("");
		const [base, proposed] = [file("z", "b", "c"), file("z", "new", "b", "other", "c")];
		const approved = file("z", "new", "b", "c").replace("def c", "def mine");
		expect(leftOut(base, proposed, approved)).toEqual([]);
		expect(leftOut(base, proposed, file("mine", "new", "b", "c"))).toEqual([
			{ line: 8, removed: [], added: block("other").split("\n").slice(0, -1) },
		]);
	});
});

test("a final line end is a line of its own", () => {
	expect(leftOut("a", "a\n", "a")).toEqual([{ line: 1, removed: [], added: [""] }]);
	expect(leftOut("a\r\nb", "A\nB\n", "a\r\nB\r\n")).toEqual([]);
});

test("texts with too little in common are not compared, however long that would take", () => {
	const lines = (name: string) => Array.from({ length: 5000 }, (_, nth) => `${name} ${nth}\n`).join("");
	expect(leftOut(lines("a"), lines("b"), lines("a"))).toBeUndefined();
});
