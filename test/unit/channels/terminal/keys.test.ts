import fc from "fast-check";
import { expect, test } from "vitest";
import { KeyReader } from "../../../../src/channels/terminal/screen/keys.ts";
import { cut, fitted, widthOf, wrap } from "../../../../src/channels/terminal/screen/width.ts";

const namesOf = (chunk: string) => new KeyReader().read(chunk).map(({ name }) => name);

test("keys are known by what terminals send, whatever the terminal", () => {
	expect(namesOf("\x1b[A\x1bOB\x1b[5~\x1b[H\x1b[4~j\r\x7f日")).toEqual([
		"up",
		"down",
		"pageup",
		"home",
		"end",
		"j",
		"enter",
		"backspace",
		"日",
	]);
	expect(namesOf("\x1b[200~yes\r\x1b[A\x1b[201~")).toEqual(["paste"]);
	expect(namesOf("\x1b[1;5A\x1b[?1u\x00")).toEqual([]);
});

test("what comes in pieces is the same key, and an escape alone is one", () => {
	const reader = new KeyReader();
	expect(reader.read("\x1b")).toEqual([]);
	expect(reader.isOpen).toBe(true);
	expect(reader.read("[")).toEqual([]);
	expect(reader.read("A")).toEqual([{ name: "up", text: "", isBurst: false }]);
	expect(reader.read("\x1b")).toEqual([]);
	expect(reader.flush()).toEqual([{ name: "escape", text: "", isBurst: false }]);
	expect(reader.read("\x1b[200~ye")).toEqual([]);
	expect(reader.flush()).toEqual([]);
	expect(reader.read("s\r\x1b[201~")).toEqual([{ name: "paste", text: "yes\r", isBurst: false }]);
});

test("what did not come alone is known as such", () => {
	expect(new KeyReader().read("yes\r").every(({ isBurst }) => isBurst)).toBe(true);
	expect(new KeyReader().read("y")).toEqual([{ name: "y", text: "y", isBurst: false }]);
});

test("columns are those of a terminal: wide characters two, what is drawn over another none", () => {
	for (const [text, columns] of [
		["abc", 3],
		["日本語", 6],
		["e\u0301", 1],
		["👍", 2],
		["ｆｕｌｌ", 8],
		["한글", 4],
		["│▸─…", 4],
	] as const)
		expect(widthOf(text), text).toBe(columns);
	expect(cut("日本語", 5)).toBe("日本…");
	expect(cut("日本語", 4)).toBe("日…");
	expect(fitted("日", 4)).toBe("日  ");
});

test("wrapped, nothing is lost, and no piece is wider", () => {
	const text = fc.string({ unit: fc.constantFrom("a", " ", "日", "e\u0301", "👍", "-"), maxLength: 200 });
	fc.assert(
		fc.property(text, fc.integer({ min: 2, max: 40 }), fc.boolean(), (given, columns, words) => {
			const pieces = wrap(given, columns, words);
			expect(pieces.join("")).toBe(given);
			for (const piece of pieces) expect(widthOf(piece)).toBeLessThanOrEqual(columns);
		}),
	);
});
