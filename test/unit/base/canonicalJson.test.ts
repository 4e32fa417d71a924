import reference from "canonicalize";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalFlat, canonicalJson, type Json } from "../../../src/base/canonicalJson.ts";
import { parseStrictJson } from "../../../src/base/strictJson.ts";

describe("the canonical form is that of RFC 8785", () => {
	test("the sample of section 3.2.2, numbers and escapes", () => {
		const sample = String.raw`{
			"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
			"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
			"literals": [null, true, false]
		}`;
		expect(canonicalJson(JSON.parse(sample) as Json)).toBe(
			String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		);
	});

	test("the keys of section 3.2.3 are sorted by UTF-16 code units, not by code points", () => {
		const sample = String.raw`{
			"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
			"1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
		}`;
		const values = canonicalJson(JSON.parse(sample) as Json).match(/:"[^"]*"/g);
		expect(values).toEqual([
			':"Carriage Return"',
			':"One"',
			':"Control"',
			':"Latin Small Letter O With Diaeresis"',
			':"Euro Sign"',
			':"Emoji: Grinning Face"',
			':"Hebrew Letter Dalet With Dagesh"',
		]);
	});

	// Appendix B: the bits of an IEEE 754 double, and how it is written.
	test.each([
		["0000000000000000", "0"],
		["8000000000000000", "0"],
		["0000000000000001", "5e-324"],
		["8000000000000001", "-5e-324"],
		["7fefffffffffffff", "1.7976931348623157e+308"],
		["ffefffffffffffff", "-1.7976931348623157e+308"],
		["4340000000000000", "9007199254740992"],
		["c340000000000000", "-9007199254740992"],
		["4430000000000000", "295147905179352830000"],
		["44b52d02c7e14af5", "9.999999999999997e+22"],
		["44b52d02c7e14af6", "1e+23"],
		["44b52d02c7e14af7", "1.0000000000000001e+23"],
		["444b1ae4d6e2ef4e", "999999999999999700000"],
		["444b1ae4d6e2ef4f", "999999999999999900000"],
		["444b1ae4d6e2ef50", "1e+21"],
		["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
		["3eb0c6f7a0b5ed8d", "0.000001"],
		["41b3de4355555553", "333333333.3333332"],
		["41b3de4355555554", "333333333.33333325"],
		["41b3de4355555555", "333333333.3333333"],
		["41b3de4355555556", "333333333.3333334"],
		["41b3de4355555557", "333333333.33333343"],
		["becbf647612f3696", "-0.0000033333333333333333"],
		["43143ff3c1cb0959", "1424953923781206.2"],
	])("the double %s is written %s", (bits, text) => {
		expect(canonicalJson(Buffer.from(bits, "hex").readDoubleBE())).toBe(text);
	});

	test("of any JSON it is what the reference implementation writes", () => {
		const values = fc.jsonValue({ stringUnit: "binary", maxDepth: 6 });
		fc.assert(
			fc.property(values, (value) => canonicalJson(value as Json) === reference(value)),
			{ numRuns: 2000, seed: 1 },
		);
	});

	test("the same value in any order and spelling has one form, and that form is read back as the value", () => {
		const values = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 3 }), {
			noNullPrototype: true,
		});
		fc.assert(
			fc.property(values, (value) => {
				const turned = Object.fromEntries(Object.entries(value).reverse());
				const text = canonicalJson(value as Json);
				expect(canonicalJson(turned as Json)).toBe(text);
				expect(canonicalJson(JSON.parse(JSON.stringify(value, null, 3)) as Json)).toBe(text);
				expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
			}),
			{ numRuns: 500, seed: 2 },
		);
	});
});

describe("what has no canonical form is refused", () => {
	test.each([
		["a high half alone", "\ud800"],
		["a low half alone", "\udc00"],
		["the halves turned round", "\udc00\ud800"],
		["a half behind text", "abc\udbff"],
	])("a string with %s, as value and as key", (_, text) => {
		expect(() => canonicalJson(text)).toThrow(TypeError);
		expect(() => canonicalJson([{ a: [text] }])).toThrow(/half a surrogate pair/);
		expect(() => canonicalJson({ [text]: 1 })).toThrow(TypeError);
	});

	test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("the number %s", (value) => {
		expect(() => canonicalJson({ value })).toThrow(/not a JSON number/);
	});
});

test("a member that is undefined is no member", () => {
	expect(canonicalJson({ b: undefined, a: 1, c: undefined })).toBe('{"a":1}');
	expect(canonicalJson({ a: undefined })).toBe("{}");
});

test("what the strict reader lets in always has a canonical form", () => {
	fc.assert(
		fc.property(fc.json({ stringUnit: "binary" }), (text) => {
			let value: Json;
			try {
				value = parseStrictJson(text);
			} catch {
				return;
			}
			expect(parseStrictJson(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
		}),
		{ numRuns: 1000, seed: 3 },
	);
});

describe("the members of a flat object in one go", () => {
	const value = fc.option(
		fc.oneof(fc.string({ unit: "binary" }), fc.double({ noNaN: true, noDefaultInfinity: true })),
		{
			nil: undefined,
		},
	);

	test("are those of the canonical form", () => {
		fc.assert(
			fc.property(value, value, value, (a, b, c) => {
				expect(`{${canonicalFlat({ a, b, c })}}`).toBe(canonicalJson({ a, b, c }));
			}),
		);
		for (const text of [String.raw`\ud800`, '":null', ":null"]) {
			expect(`{${canonicalFlat({ a: text })}}`).toBe(canonicalJson({ a: text }));
		}
	});

	test.each(["\ud800", "x\udfff", Number.NaN, Number.POSITIVE_INFINITY])("%o is refused", (bad) => {
		expect(() => canonicalFlat({ a: "fine", b: bad })).toThrow(TypeError);
	});
});
