import { expect, test } from "vitest";
import { requestPage } from "../../../../src/channels/terminal/screen/requestPage.ts";
import { requestLike } from "../../present/requestLike.ts";

const none = () => Promise.reject(new Error("not there"));
const ports = {
	blobs: { get: none, has: async () => null },
	files: { read: none, hash: async () => null, list: none, kept: none },
};

test("several changes in one are read as diffs at a terminal, and after the decision as they were asked for", async () => {
	const changes = [{ tool: "file_write" as const, path: "/w/a.txt", content: "one\n" }];
	const request = requestLike({ tool: "changes", changes }, {}, { apply: "agent" });
	const waiting = await requestPage(request, ports, 0);
	expect(waiting.missing).toBeUndefined();
	expect(waiting.lines).toContainEqual({ text: "1 file, +1 -0" });
	expect(waiting.lines).toContainEqual({ text: "+one", style: "added" });
	const decided = await requestPage({ ...request, status: "denied" }, ports, 0);
	const texts = decided.lines.map(({ text }) => text);
	expect(texts).toContain("+one");
	expect(texts.join("\n")).not.toContain("Compared with the files");
});
