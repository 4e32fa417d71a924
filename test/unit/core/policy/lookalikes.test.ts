import { describe, expect, test } from "vitest";
import { isPlainName, lookalikeOf, skeletonOf } from "../../../../src/core/policy/lookalikes.ts";

describe("T18 · a name that only looks like one that exists", () => {
	test.each([
		["sr\u0441", "src", "a Cyrillic letter"],
		["\u0430\u0440\u0440.ts", "app.ts", "Cyrillic letters only"],
		["c\u03bfnfig.yml", "config.yml", "a Greek letter"],
		["\u0391\u0392.txt", "AB.txt", "Greek capitals"],
		["\uff41\uff50\uff50.ts", "app.ts", "full width"],
		["\u{1d41a}pp.ts", "app.ts", "a letter of mathematics"],
		["e\u0301t\u00e9.md", "\u00e9t\u00e9.md", "its NFD twin"],
		["\u00e9.md", "e\u0301.md", "its NFC twin"],
		["ap\u200bp.ts", "app.ts", "an invisible character"],
		["\u0406ndex.ts", "lndex.ts", "a letter that is drawn as a stroke"],
		["a\u2010b", "a-b", "a dash"],
		["file\u2024txt", "file.txt", "a dot"],
	])("%j is taken for %j: %s", (name, existing) => {
		expect(lookalikeOf(name, ["other", existing, "more"])).toBe(existing);
		expect(isPlainName(name)).toBe(false);
	});

	test.each([
		["\u00e9.md", "e.md"],
		["\u0434\u043e\u043c", "dom"],
		["src\u00e9", "src"],
		["\u65e5\u672c.txt", "\u65e5.txt"],
	])("%j is not taken for %j", (name, existing) => {
		expect(lookalikeOf(name, [existing])).toBeUndefined();
	});

	test("a name is no look-alike of itself", () => {
		expect(lookalikeOf("sr\u0441", ["sr\u0441", "lib"])).toBeUndefined();
	});

	test("a skeleton is its own", () => {
		for (const name of ["sr\u0441", "e\u0301", "\uff41", "10I|l"])
			expect(skeletonOf(skeletonOf(name))).toBe(skeletonOf(name));
	});
});
