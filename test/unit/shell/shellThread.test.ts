import { expect, test } from "vitest";
import { shellThread } from "../../../src/shell/shellThread.ts";

test("a text that takes too long in its thread is given up, and the next one has a new thread", async () => {
	const read = shellThread("dist", 2);
	// Two milliseconds are over before a thread has started, and are enough for no text.
	for (let reads = 0; reads < 3; reads++) expect(await read("git status")).toBeUndefined();
});

test("texts come back one after the other, each with its own reading", async () => {
	const read = shellThread("dist");
	const texts = Array.from({ length: 20 }, (_, at) => `echo ${at} | cat $(${at})`);
	const readings = await Promise.all(texts.map(read));
	expect(readings.map((reading) => reading?.commands[0]?.words)).toEqual(texts.map((_, at) => ["echo", `${at}`]));
	expect(readings.map((reading) => reading?.plain)).toEqual(texts.map(() => undefined));
	expect((await read("git status"))?.plain).toEqual([["git", "status"]]);
});

test("a thread that cannot be started is told of", async () => {
	await expect(shellThread("nowhere")("git status")).rejects.toThrow(/shellThread\.js/);
});
