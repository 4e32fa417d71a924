import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { oddText } from "../../../../src/core/policy/oddText.ts";

describe("T17 · no rule passes a text that is not what it looks like", () => {
	test.each([
		["a direction", "if (a) {\u202e } // admin", "It holds \\u{202e}, which is not drawn."],
		["an isolate", "a\u2066b", "It holds \\u{2066}, which is not drawn."],
		["a blank of no width", "a\u200bb", "It holds \\u{200b}, which is not drawn."],
		["a tag", "a\u{e0061}b", "It holds \\u{e0061}, which is not drawn."],
		["a run of variation selectors", `a${"\ufe0f".repeat(40)}`, "It holds \\u{fe0f}, which is not drawn."],
		["a filler of Hangul", "\u3164", "It holds \\u{3164}, which is not drawn."],
		["a byte order mark", "\ufeffa", "It holds \\u{feff}, which is not drawn."],
		["an escape", "\u001b[2Jls", "It holds \\u{1b}, which is not drawn."],
		["a NUL", "a\0", "It holds \\u{0}, which is not drawn."],
		["a separator of lines", "a\u2028b", "It holds \\u{2028}, which is not drawn."],
		["a next line of C1", "a\u0085b", "It holds \\u{85}, which is not drawn."],
		["a gap", `a\n${"\n".repeat(201)}b`, "It holds more than 200 blank lines in a row."],
		["a gap at its end", "\n".repeat(201), "It holds more than 200 blank lines in a row."],
		["a gap of blanks", `a\n${" \t\u3000\n".repeat(201)}b`, "It holds more than 200 blank lines in a row."],
		["a gap of CR LF", `a\r\n${"\r\n".repeat(201)}b`, "It holds more than 200 blank lines in a row."],
		["a gap of CR", `a\r${"\r".repeat(201)}b`, "It holds more than 200 blank lines in a row."],
		["a long line", `a\n${"x".repeat(10_001)}`, "It holds a line of 10001 characters."],
		["a long line that ends in CR LF", `${"x".repeat(10_001)}\r\na`, "It holds a line of 10001 characters."],
	])("%s", (_, text, why) => {
		expect(oddText(text)).toBe(why);
		expect(oddText(Buffer.from(text))).toBe(why);
	});

	test.each([
		["nothing", ""],
		["ordinary text", "Ünïcode, 日本語, 😀\n\tand tabs\r\nand CR LF\r\n"],
		["200 blank lines", `a\n${"\n".repeat(200)}b\n`],
		["blank lines of CR LF, which are not two each", `a\r\n${"\r\n".repeat(200)}b`],
		["200 blank lines twice", `a\n${"\n".repeat(200)}b\n${"\n".repeat(199)}`],
		["a line of 10,000 characters", `${"x".repeat(10_000)}\n${"y".repeat(10_000)}`],
	])("but %s is not odd", (_, text) => {
		expect(oddText(text)).toBeUndefined();
		expect(oddText(Buffer.from(text))).toBeUndefined();
	});

	test("bytes that are no UTF-8 are no text", () => {
		expect(oddText(Buffer.from([0x61, 0xff, 0xfe]))).toBe("It is not text.");
	});

	test("any code point that Unicode lets a font leave out is found, wherever it stands", () => {
		const unit = fc.integer({ min: 0x80, max: 0xe0fff }).filter((code) => code < 0xd800 || code > 0xdfff);
		const isOdd = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]|\p{Default_Ignorable_Code_Point}/u;
		fc.assert(
			fc.property(unit, fc.nat(20), (code, at) => {
				const text = `${"a".repeat(at)}${String.fromCodePoint(code)}b`;
				expect(oddText(text) !== undefined).toBe(isOdd.test(text));
			}),
			{ numRuns: 5000, seed: 1 },
		);
	});
});
