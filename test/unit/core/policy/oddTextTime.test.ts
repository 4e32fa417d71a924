import { expect, test } from "vitest";
import { oddText } from "../../../../src/core/policy/oddText.ts";

test.each([
	["plain text", "plain text, line by line\n"],
	["CR LF", "plain text, line by line\r\n"],
	["Japanese", "日本語の文章。\n"],
	["blank lines", "\n\n\n\na"],
	["long lines", `${"x".repeat(9000)}\n`],
])("a megabyte of %s takes no longer than ten bare looks at each of its characters", (_, piece) => {
	const bytes = Buffer.from(piece.repeat(Math.ceil(2 ** 20 / Buffer.byteLength(piece))));
	let [floor, ours] = [Infinity, Infinity];
	// Turn by turn, until both have had a quick moment: on a busy machine neither is compiled for a while.
	for (let turn = 0; turn < 9 || (turn < 200 && ours / floor > 10); turn++) {
		floor = Math.min(floor, msOf(lastCodeOf, bytes));
		ours = Math.min(ours, msOf(oddText, bytes));
	}
	expect(ours / floor).toBeLessThan(10);
});

function msOf(look: (bytes: Uint8Array) => unknown, bytes: Uint8Array): number {
	const from = performance.now();
	look(bytes);
	return performance.now() - from;
}

function lastCodeOf(bytes: Uint8Array): number {
	const text = new TextDecoder().decode(bytes);
	let last = 0;
	for (let at = 0; at < text.length; at++) last = text.charCodeAt(at);
	return last;
}
