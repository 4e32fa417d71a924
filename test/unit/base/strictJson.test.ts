import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonError, MAX_DEPTH, parseStrictJson } from "../../../src/base/strictJson.ts";
import { worked } from "../../support/worked.ts";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("what could be shown as one thing and run as another is refused", () => {
	const SAME_KEY = /names the same key twice/;
	const FORBIDDEN = /the key \w+ is not accepted/;
	const HALF = /half a surrogate pair/;
	const BEYOND = /beyond 2\^53/;
	const LARGE = /too large/;
	const DEEP = /nested deeper than 64/;
	const NOT_JSON = /^not JSON: /;
	const ROWS: readonly [what: string, text: string, why: RegExp][] = [
		["a key twice", '{"a":1,"a":2}', SAME_KEY],
		["a key twice with the same value", '{"a":1,"a":1}', SAME_KEY],
		["a key twice, once escaped", '{"a":1,"\\u0061":2}', SAME_KEY],
		["a key twice, both escaped in other ways", '{"\\u002f":1,"\\/":2}', SAME_KEY],
		["a key twice, deep inside", '{"x":[{"y":{"path":"a","path":"b"}}]}', SAME_KEY],
		["a key twice in the second of two objects", '[{"a":1},{"a":1,"b":2,"a":3}]', SAME_KEY],
		[
			"a key twice, far apart",
			`{"a":1,${Array.from({ length: 500 }, (_, i) => `"k${i}":${i}`).join()},"a":2}`,
			SAME_KEY,
		],
		["an empty key twice", '{"":1,"":2}', SAME_KEY],
		["a number as key twice", '{"1":1,"1":2}', SAME_KEY],
		["a key twice around a string that holds a brace and a colon", '{"a":"}:{","a":2}', SAME_KEY],
		["a key twice behind an escaped quote", '{"a\\"":1,"a\\"":2}', SAME_KEY],
		["a key twice behind an escaped backslash", '{"a\\\\":1,"a\\\\":2}', SAME_KEY],
		["__proto__", '{"__proto__":{"approved":true}}', FORBIDDEN],
		["__proto__, escaped", '{"\\u005f_proto__":1}', FORBIDDEN],
		["__proto__ twice", '{"__proto__":1,"__proto__":2}', FORBIDDEN],
		["constructor", '{"constructor":{"prototype":{}}}', FORBIDDEN],
		["prototype, deep inside", '[[{"a":{"prototype":1}}]]', FORBIDDEN],
		["a high half of a pair", '"\\ud800"', HALF],
		["a low half of a pair", '{"a":["\\udc00"]}', HALF],
		["a half of a pair in a key", '{"\\udfff":1}', HALF],
		["the halves turned round", '"\\udc00\\ud800"', HALF],
		["1e400", "1e400", LARGE],
		["-1e400, inside", '{"a":[-1e400]}', LARGE],
		["2^53 + 1", "9007199254740993", BEYOND],
		["2^53", "9007199254740992", BEYOND],
		["-(2^53 + 1)", "[-9007199254740993]", BEYOND],
		["an integer in other clothes", "9007199254740993.0", BEYOND],
		["1e30", "1e30", BEYOND],
		["65 brackets", nested(65), DEEP],
		["65 braces", `${'{"a":'.repeat(65)}1${"}".repeat(65)}`, DEEP],
		["brackets and braces, 65 together", `${'[{"a":'.repeat(32)}[1]${"}]".repeat(32)}`, DEEP],
		["20,000 brackets", nested(20_000), DEEP],
		["20,000 brackets that never close", "[".repeat(20_000), DEEP],
		["4 MiB of brackets", "[".repeat(4 * 1024 * 1024), DEEP],
		["nothing", "", NOT_JSON],
		["white space", " \n", NOT_JSON],
		["a byte order mark", '\ufeff{"a":1}', NOT_JSON],
		["two values", "{}{}", NOT_JSON],
		["a comment", '{"a":1/*,"a":2*/}', NOT_JSON],
		["a comma too many", '{"a":1,}', NOT_JSON],
		["single quotes", "{'a':1}", NOT_JSON],
		["NaN", "[NaN]", NOT_JSON],
		["a number with a leading zero", "01", NOT_JSON],
		["a string that does not end", '{"a":"b', NOT_JSON],
		["a string that ends in a backslash", '"a\\', NOT_JSON],
		["a raw line break in a string", '"a\nb"', NOT_JSON],
		["a no-break space between", '{"a":\u00a01}', NOT_JSON],
	];
	test.each(ROWS)("%s", (_, text, why) => {
		expect(() => parseStrictJson(text)).toThrow(JsonError);
		expect(() => parseStrictJson(text)).toThrow(why);
	});
});

describe("what is JSON is read as it is", () => {
	const ROWS: readonly [what: string, text: string, value: unknown][] = [
		["the largest exact integer", "9007199254740991", Number.MAX_SAFE_INTEGER],
		["the smallest exact integer", "-9007199254740991", Number.MIN_SAFE_INTEGER],
		["a fraction", "0.1", 0.1],
		["minus zero", "-0", -0],
		[
			"colons, commas, braces and brackets inside of a string",
			'{"a:{[":"}],:{[","b":":"}',
			{ "a:{[": "}],:{[", b: ":" },
		],
		["65 brackets inside of a string", `["${"[".repeat(65)}"]`, ["[".repeat(65)]],
		["escaped quotes", '{"a\\"b":"\\"","c":"\\\\"}', { 'a"b': '"', c: "\\" }],
		["a string of backslashes before its end", '["\\\\\\\\","\\\\\\""]', ["\\\\", '\\"']],
		["the same key in two objects", '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
		["the same key at two depths", '{"a":{"a":{"a":1}}}', { a: { a: { a: 1 } } }],
		["keys that differ in case", '{"a":1,"A":2}', { a: 1, A: 2 }],
		["keys that only look the same", '{"é":1,"e\u0301":2}', { é: 1, "e\u0301": 2 }],
		["a whole pair", '"\\ud83d\\ude00"', "😀"],
		["names of Object.prototype as values", '["__proto__","constructor"]', ["__proto__", "constructor"]],
		[
			"names of Object.prototype that hurt nobody",
			'{"toString":1,"hasOwnProperty":2}',
			{ toString: 1, hasOwnProperty: 2 },
		],
		["white space all over", ' { "a" : [ 1 , 2 ] }\r\n\t', { a: [1, 2] }],
	];
	test.each(ROWS)("%s", (_, text, value) => {
		expect(parseStrictJson(text)).toStrictEqual(value);
	});

	test(`${MAX_DEPTH} levels, and not one more`, () => {
		expect(parseStrictJson(nested(64))).toEqual(JSON.parse(nested(64)));
		expect(parseStrictJson(`[${nested(63)},${nested(63)}]`)).toHaveLength(2);
	});

	test("a million of siblings is no depth", () => {
		expect(parseStrictJson(`[${"[],".repeat(1_000_000)}[]]`)).toHaveLength(1_000_001);
	});

	test("of any JSON that it takes it makes what JSON.parse makes", () => {
		let taken = 0;
		const property = fc.property(fc.json({ maxDepth: 8, stringUnit: "binary" }), (text) => {
			const value: unknown = JSON.parse(text);
			if (holdsUnsafe(value)) {
				expect(() => parseStrictJson(text)).toThrow(JsonError);
				return;
			}
			taken++;
			expect(parseStrictJson(text)).toStrictEqual(value);
		});
		fc.assert(property, { numRuns: 3000, seed: 1 });
		expect(taken).toBeGreaterThan(1500);
	});

	test("with any one key said twice it is refused", () => {
		const objects = fc.dictionary(fc.string({ unit: "binary", maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), {
			minKeys: 1,
			noNullPrototype: true,
		});
		const property = fc.property(objects, fc.nat(), (value, which) => {
			const keys = Object.keys(value);
			const key = JSON.stringify(keys[which % keys.length]);
			const text = JSON.stringify(value);
			const twice = `${text.slice(0, -1)},${key}:null}`;
			expect(() => parseStrictJson(twice)).toThrow(JsonError);
			expect(() => parseStrictJson(`[[{"x":${twice}}]]`)).toThrow(JsonError);
		});
		fc.assert(property, { numRuns: 1000, seed: 2 });
	});

	test("never anything but a value or a JsonError, whatever the text", () => {
		const pieces = ["{", "}", "[", "]", ":", ",", '"', "\\", "\\u0061", "a", "1", "e", "-", ".", "null", " ", "\ud800"];
		const property = fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) => {
			try {
				parseStrictJson(parts.join(""));
			} catch (error) {
				expect(error).toBeInstanceOf(JsonError);
			}
		});
		fc.assert(property, { numRuns: 5000, seed: 3 });
	});
});

function holdsUnsafe(value: unknown): boolean {
	if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
	if (value === null || typeof value !== "object") return false;
	const forbidden = Object.keys(value).some((key) => ["__proto__", "constructor", "prototype"].includes(key));
	return forbidden || Object.values(value).some(holdsUnsafe);
}

test("a message of 4 MiB that is made to be slow is read in less than a second", () => {
	const size = 4 * 1024 * 1024;
	for (const text of [
		`"${"\\".repeat(size)}"`,
		`"${'\\"'.repeat(size / 2)}"`,
		`["${'","'.repeat(size / 3)}"]`,
		`{${'"":'.repeat(size / 3)}`,
	]) {
		const from = worked();
		try {
			parseStrictJson(text);
		} catch (error) {
			expect(error).toBeInstanceOf(JsonError);
		}
		expect(worked() - from).toBeLessThan(1000);
	}
});
