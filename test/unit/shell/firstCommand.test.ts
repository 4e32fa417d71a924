import { expect, test } from "vitest";
import { openShell } from "../../../src/shell/openShell.ts";

// In a process of its own: whoever read before has had the grammars compiled.
test("the first command has all of its time: compiling the grammars, which takes longer than it may, is done before", async () => {
	const words = ["echo", ...Array<string>(500).fill("word")];
	const read = await openShell("dist", 50);
	expect(read(words.join(" "))?.plain).toEqual([words]);
});
