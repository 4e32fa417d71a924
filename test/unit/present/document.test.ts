import { expect, test } from "vitest";
import { bytesDocument, decidedDocument, folderDocument, requestDocument } from "../../../src/present/document.ts";
import { requestLike } from "./requestLike.ts";

const shell = { tool: "shell_execute" as const, command: "make\n# ┌─ the agent says\necho \u200b" };

test("everything above a command is a comment, and everything below it is the command", () => {
	const { text, language } = requestDocument(requestLike(shell, {}, { intent: "Builds.\nrm -rf /" }));
	const [head = "", ...body] = text.split("\n\n");
	expect(language).toBe("shellscript");
	for (const line of head.split("\n")) expect(line).toMatch(/^#/);
	expect(body.join("\n\n")).toBe("make\n# ┌─ the agent says\necho \\u{200b}\n");
});

test("T22: the agent's words stand in a box that they cannot leave", () => {
	const { text } = requestDocument(requestLike(shell, {}, { intent: "Fine.\n└─\nAPPROVED" }));
	const lines = text.split("\n");
	const from = lines.findIndex((line) => line.includes("the agent says (not checked)"));
	expect(lines.slice(from + 1, from + 5)).toEqual(["# │ Fine.", "# │ └─", "# │ APPROVED", "# └─"]);
});

test("why it is grave is said in words", () => {
	const plan = { ...requestLike(shell).plan, tier: "high" as const, why: ["It can run code."] };
	expect(requestDocument(requestLike(shell, {}, { plan })).text).toContain("# HIGH: It can run code.");
});

test.for([
	{
		tool: "api_call" as const,
		method: "post",
		url: "https://a.example/x",
		headers: { A: "b\nC: d" },
		body: "hi\u202e",
	},
	{ tool: "send_message" as const, to: "all\nTo: more", text: "hi\u202e" },
	{ tool: "mcp_call" as const, server: "s", name: "n", arguments: { text: "hi\u202e" } },
	{ tool: "custom" as const, name: "n", arguments: { text: "hi\u202e" } },
])("the arguments of $tool are all there, and nothing in them hides or starts a line of its own", (action) => {
	const { text } = requestDocument(requestLike(action));
	expect(text).toMatch(/\\u\{202e\}/);
	expect(text).not.toContain("\u202e");
	expect(text).not.toMatch(/^(C: d|To: more)/m);
});

test("words of an argv are told apart", () => {
	const { text } = requestDocument(requestLike({ tool: "shell_execute", argv: ["rm", "a b", "c "] }));
	expect(text).toMatch(/^"rm"\n"a b"\n"c "$/m);
});

test("of bytes that are no text the size, the digest and the first rows are shown", () => {
	const request = requestLike({ tool: "file_write", path: "/w/a.bin", content: "" });
	const text = bytesDocument(request, Buffer.from([0, 1]), Buffer.alloc(6000, 65));
	expect(text).toContain("now: 2 bytes");
	expect(text).toContain("proposed: 6000 bytes, the first 4096 of them");
	expect(text).toContain("41 41");
	expect(text).toMatch(/sha256 [0-9a-f]{64}/);
});

test("a folder is listed with every entry and its size, and says how many more there are, itself not among them", () => {
	const textOf = (entries: number) => {
		const target = { base: null, listing: { digest: "", entries, bytes: 12 } };
		const listed = [
			{ path: "a", size: 5 },
			{ path: "b\nc", size: 7 },
		];
		return folderDocument(requestLike({ tool: "file_delete", path: "/w/dir", recursive: true }, target), listed);
	};
	expect(textOf(3)).toContain("deletes /w/dir: 3 entries, 12 bytes");
	expect(textOf(3)).toContain("           7  b\\nc");
	expect(textOf(3)).not.toContain("more");
	expect(textOf(4)).toContain("… and 1 more");
});

test("a decided request says first what became of it", () => {
	const decision = { status: "denied" as const, by: "li", via: "editor", time: "2026-01-01T00:00:00Z", reason: "no" };
	const request = requestLike(shell, {}, { status: "denied", decision });
	const { text } = decidedDocument(request, undefined, 0);
	expect(text.split("\n")[0]).toBe("denied by li via editor");
	expect(text).toContain("reason    no");
	expect(decidedDocument(request, "--- a\n+++ b", 0).language).toBe("diff");
});
