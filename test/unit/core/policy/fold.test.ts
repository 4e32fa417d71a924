import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldPath, hasShortName } from "../../../../src/core/policy/fold.ts";
import { worked } from "../../../support/worked.ts";

describe("a hostile spelling folds to the plain one", () => {
	test.each([
		["/ws/A/B.TXT", "/ws/a/b.txt"],
		["/ws/a./b /c. .", "/ws/a/b/c"],
		["/ws/a:b", "/ws/a"],
		["/ws/a::$DATA", "/ws/a"],
		["/ws\\a\\b", "/ws/a/b"],
		["/ws/ａ．ｔｘｔ", "/ws/a.txt"],
		["/ws/a：stream", "/ws/a"],
		["/ws/\u200ba\u2060\ufeff\u00ad", "/ws/a"],
		["/ws/e\u0301", "/ws/é"],
		["/ws/ﬁle", "/ws/file"],
		["/ws/\u212a", "/ws/k"],
		["/ws/git~1", "/ws/.git"],
		["/ws/GI7EBA~1", "/ws/.git"],
		["/ws/git~2", "/ws/git~2"],
		["/ws/..", "/ws/.."],
		["/ws/...", "/ws/..."],
		["/ws/.a", "/ws/.a"],
		["/", "/"],
	])("%j to %j", (path, folded) => {
		expect(foldPath(path)).toBe(folded);
	});

	test("the quick way for plain paths says the same as the long way", () => {
		const unit = fc.constantFrom(..."ab0_-.~: A/");
		fc.assert(
			fc.property(fc.string({ unit, maxLength: 24 }), (text) => {
				// An invisible code point folds away, and is never plain.
				expect(foldPath(`/${text}`)).toBe(foldPath(`/${text}`.replaceAll("/", "/\u200b")));
			}),
			{ numRuns: 5000, seed: 1 },
		);
	});

	test("a path of 4096 characters is folded in no time, whatever it is made of", () => {
		for (const piece of ["a", ".", "/", "/a", " ", "a.", "~", "\u200b", "Ａ", "/a.", "../"]) {
			const path = `/${piece.repeat(4095 / piece.length)}!`;
			const from = worked();
			for (let times = 0; times < 10; times++) foldPath(path);
			expect(worked() - from, piece).toBeLessThan(1000);
		}
	});
});

test.each([
	["/ws/VSCODE~1/x", true],
	["/ws/a~12.txt", true],
	["SETTIN~1.JSO", true],
	["/ws/a~1b", false],
	["/ws/longername~1", false],
	["/ws/~1", false],
	["/ws/a~", false],
	["/ws/a~x", false],
])("a short name in %j: %s", (path, found) => {
	expect(hasShortName(path)).toBe(found);
});
