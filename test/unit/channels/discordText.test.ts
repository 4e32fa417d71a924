import fc from "fast-check";
import { expect, test } from "vitest";
import { discordText, overOf } from "../../../src/channels/discord/discordText.ts";
import { readOf, rendered } from "../../support/discordDouble.ts";

/** What Discord's clients make something of, and what could end a block. */
const PIECES = [
	..."`*_~|<>@#:[]()-\\ \nab1",
	"```",
	"``",
	"```js\n",
	"https://evil.example",
	"<@700000000000000777>",
	"<t:0:R>",
	"||",
	"-# ",
	"@everyone",
	"\u200b",
	"\ud83d",
	"é",
];
const text = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 900 }).map((pieces) => pieces.join(""));

/** Without what has no width, and without empty lines at the end, which Discord drops. */
const plain = (shown: string) => shown.replaceAll("\u200b", "").trimEnd();

test("whatever an agent writes, all of it is one code block, as long as Discord takes it, and reads as it was", () => {
	fc.assert(
		fc.property(text, (written) => {
			// A card begins with its number.
			const card = { text: `#1 abcdef01\n${written}`, quoted: [] };
			const content = discordText(card);
			expect(content.length).toBeLessThanOrEqual(2000);
			expect(rendered(content)).toBe("");
			if (overOf(card) > 0) return;
			expect(plain(readOf(content))).toBe(plain(card.text.toWellFormed()));
		}),
		{ numRuns: 2000 },
	);
});

test("what is too long says by how much, and less of it by that much fits", () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 4000 }), fc.constantFrom("`", "a", "``b"), (count, piece) => {
			const card = { text: piece.repeat(count), quoted: [] };
			const over = overOf(card);
			expect(discordText(card).includes(" …")).toBe(over > 0);
			const less = { ...card, text: card.text.slice(0, Math.max(1, card.text.length - over)) };
			expect(overOf(less)).toBe(0);
		}),
	);
});
