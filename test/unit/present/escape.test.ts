import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeLine, escapeText } from "../../../src/present/escape.ts";

test.each([
	["\u001b[2J", "\\u{1b}[2J"],
	["\u001b]8;;https://evil.example\u0007x", "\\u{1b}]8;;https://evil.example\\u{7}x"],
	["a\rb", "a\\u{d}b"],
	["\u0007", "\\u{7}"],
	["\u009b2J", "\\u{9b}2J"],
	["\u007f", "\\u{7f}"],
	["\u202e", "\\u{202e}"],
	["\u2066", "\\u{2066}"],
	["\u2028\u2029", "\\u{2028}\\u{2029}"],
	["\u200b\u3164\ufe0f", "\\u{200b}\\u{3164}\\u{fe0f}"],
	["\u{e0061}", "\\u{e0061}"],
	["\u200e\u200f\u061c", "\\u{200e}\\u{200f}\\u{61c}"],
	["ordinary text, Ünïcode, 日本語, 😀", "ordinary text, Ünïcode, 日本語, 😀"],
	["", ""],
])("%j is shown as %j", (text, shown) => {
	expect(escapeText(text)).toBe(shown);
	expect(escapeLine(text)).toBe(shown);
});

test("a text keeps its lines and tabs, a line has neither", () => {
	expect(escapeText("a\n\tb")).toBe("a\n\tb");
	expect(escapeLine("a\n\tb")).toBe("a\\n\\tb");
});

test("T19: no text at all gets a control, a direction or an invisible code point through", () => {
	const unit = fc.oneof(
		fc.string({ unit: "binary", maxLength: 1 }),
		fc.integer({ min: 0, max: 0x2fff }).map((code) => String.fromCodePoint(code)),
	);
	fc.assert(
		fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
			const line = escapeLine(units.join(""));
			expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]|\p{Default_Ignorable_Code_Point}/u);
			expect(escapeLine(line)).toBe(line);
		}),
		{ numRuns: 5000, seed: 1 },
	);
});
