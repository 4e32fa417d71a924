import { expect, test } from "vitest";
import { openShell } from "../../../src/shell/openShell.ts";

/** Ms. */
async function timeOf<T>(work: () => T | Promise<T>): Promise<{ took: number; result: T }> {
	const from = performance.now();
	const result = await work();
	return { took: performance.now() - from, result };
}

// In a process of its own: where somebody read before, the grammars are compiled.
test("the first command does not wait for the grammars to be compiled, which takes longer than it may", async () => {
	const { took: opening, result: read } = await timeOf(() => openShell("dist"));
	const { took, result: reading } = await timeOf(() => read("npm test && git status")?.plain);
	expect(reading).toEqual([
		["npm", "test"],
		["git", "status"],
	]);
	// It takes a thirtieth of the opening; compiling them took twice as long as that without.
	expect(took).toBeLessThan(opening / 2);
});
