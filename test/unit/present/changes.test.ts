import { expect, test } from "vitest";
import { sha256 } from "../../../src/base/hash.ts";
import type { PathFacts } from "../../../src/core/ports.ts";
import type { Request } from "../../../src/core/request.ts";
import { changesNow } from "../../../src/present/changesNow.ts";
import { decidedDocument, requestDocument } from "../../../src/present/document.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { requestLike } from "./requestLike.ts";

type Changes = Extract<Action, { tool: "changes" }>["changes"];
type Files = Readonly<Record<string, string | Uint8Array | "folder">>;

const OLD = "one\ntwo\nthree\n";

function factsOf(path: string, files: Files): PathFacts {
	const canonical = path.startsWith("/") ? path : `/w/${path}`;
	const kind = path in files ? "file" : "missing";
	const [dev, ino, mode, nlink, size] = [1, 1, 0o644, 1, 3];
	return { given: path, lexical: canonical, canonical, kind, dev, ino, mode, nlink, size, parents: "" };
}

function ask(changes: Changes, files: Files): Request {
	const names = changes.flatMap((one) => (one.tool === "file_rename" ? [one.from, one.to] : [one.path]));
	const like = requestLike({ tool: "changes", changes }, {}, { apply: "agent" });
	return { ...like, plan: { ...like.plan, paths: names.map((name) => factsOf(name, files)) } };
}

/** Of a workspace `/w` that holds the files; `unreadable`: what is there and fails. */
function shown(changes: Changes, files: Files, unreadable: readonly string[] = []): Promise<string> {
	const contents = new Map(Object.entries(files).map(([path, text]) => [`/w/${path}`, Buffer.from(text)]));
	const read = async (path: string) => {
		if (unreadable.some((name) => path === `/w/${name}`)) throw new Error(`EACCES: ${path}`);
		return contents.get(path) ?? null;
	};
	return changesNow(ask(changes, files), {
		blobs: { has: async () => null, get: () => Promise.reject(new Error("gone")) },
		files: {
			hash: async (path) => {
				const found = await read(path);
				return found && { sha256: sha256(found), size: found.byteLength };
			},
			read: async (path) => (await read(path)) ?? new Uint8Array(),
			list: () => Promise.reject(new Error("no folder")),
		},
	});
}

const write = (path: string, content: string) => ({ tool: "file_write" as const, path, content });
const edit = (path: string, old: string, to: string) => {
	return { tool: "file_write" as const, path, edits: [{ old, new: to }] };
};

test("several changes are read as diffs under a heading each, in the agent's order, with their count on top", async () => {
	const text = await shown(
		[
			edit("src/a.ts", "two", "2"),
			write("docs/new.md", "# New\n"),
			{ tool: "file_delete", path: "old.txt" },
			{ tool: "file_rename", from: "a b.ts", to: "c.ts" },
		],
		{ "src/a.ts": OLD, "old.txt": "bye\n", "a b.ts": "x" },
	);
	expect(text.split("\n")).toEqual([
		"4 files, +2 -2",
		"Compared with the files as they are when this is opened, each change after those above it.",
		"Once this is approved, the agent makes these changes itself.",
		"",
		"1 of 4: edit src/a.ts",
		"--- src/a.ts\tnow",
		"+++ src/a.ts\tproposed",
		"@@ -1,3 +1,3 @@",
		" one",
		"-two",
		"+2",
		" three",
		"",
		"2 of 4: create docs/new.md",
		"--- docs/new.md\tdoes not exist",
		"+++ docs/new.md\tproposed",
		"@@ -0,0 +1,1 @@",
		"+# New",
		"",
		"3 of 4: delete old.txt",
		"--- old.txt\tnow",
		"+++ old.txt\tdeleted",
		"@@ -1,1 +0,0 @@",
		"-bye",
		"",
		'4 of 4: rename "a b.ts" to c.ts',
		"Nothing is at c.ts yet.",
	]);
});

test("a change is compared with what the ones above it leave: a file that moved, was written, or is gone", async () => {
	const text = await shown(
		[
			{ tool: "file_rename", from: "lib", to: "src" },
			edit("src/a.ts", "two", "2"),
			edit("src/a.ts", "2", "zwei"),
			{ tool: "file_delete", path: "src", recursive: true },
			write("src/a.ts", "new\n"),
			edit("lib/a.ts", "two", "2"),
		],
		{ "lib/a.ts": OLD },
	);
	expect(text).toContain("-two\n+2\n");
	expect(text).toContain("-2\n+zwei\n");
	expect(text).toContain(
		"4 of 6: delete src with everything in it\nsrc is a folder, with what the changes above make of it.",
	);
	expect(text).toContain("5 of 6: create src/a.ts\n");
	expect(text).toContain(
		"6 of 6: edit lib/a.ts\nWhat it would become is what nobody can tell: there is no file to edit.",
	);
});

test("what a rename replaces is said", async () => {
	const action = { tool: "file_rename" as const, from: "a", to: "b" };
	expect(await shown([action], { a: "x", b: "four" })).toContain(
		"1 of 1: rename a to b\nWhat is at b is replaced. It is a file of 4 bytes.",
	);
	const paths = [factsOf("a", { a: "" }), factsOf("b", { b: "" })];
	const like = requestLike(action);
	const textOf = (facts: readonly PathFacts[]) =>
		requestDocument({ ...like, plan: { ...like.plan, paths: facts } }).text;
	expect(textOf(paths)).toContain("rename a to b\nWhat is at b is replaced.\n");
	expect(textOf([factsOf("a", { a: "" }), factsOf("b", {})])).toContain("rename a to b\nNothing is at b yet.\n");
});

test("an edit that does not fit is said, and stands there as the agent wrote it", async () => {
	const text = await shown([edit("a", "four\n", "4\n")], { a: OLD });
	expect(text).toContain("1 file, +0 -0, and 1 of 1 changes that are not counted in lines");
	expect(text).toContain("the text to replace is not in the file");
	expect(text).toContain("@@ edit 1: whole lines, where it stands once @@\n-four\n+4");
});

test("what cannot be read is said, and what would be written stands there whole", async () => {
	const text = await shown([write("a", "x\ny")], { a: OLD }, ["a"]);
	expect(text).toContain("1 of 1: edit a\na is not to be read: EACCES: /w/a.\n");
	expect(text).toContain("+x\n+y\n\\ No newline at end of file");
});

test("what is no text, or too large, is told by its size and its digest, and what the agent wrote is there", async () => {
	const binary = new Uint8Array([0xff, 0xfe, 0]);
	const large = "line\n".repeat(1_000_000);
	const text = await shown([write("a.bin", "now text\n"), edit("large", "nine", "ten")], { "a.bin": binary, large });
	expect(text).toContain("a.bin: not text, 3 -> 9 bytes");
	expect(text).toContain(`now: 3 bytes, sha256 ${sha256(binary)}`);
	expect(text).toContain("As the agent wrote it:\n+now text");
	expect(text).toContain(`large is too much to be compared here: 5000000 bytes, sha256 ${sha256(Buffer.from(large))}.`);
	expect(text).toContain("-nine\n+ten");
});

test("a content that is kept apart and is not here is said", async () => {
	const text = await shown([{ tool: "file_write", path: "a", content: { blob: "0".repeat(64) } }], {});
	expect(text).toContain(`What it would become is a content that is not here: sha256 ${"0".repeat(64)}.`);
});

test("that the agent knew other bytes is said", async () => {
	const text = await shown(
		[
			{ ...write("a", "x\n"), base: "1".repeat(64) },
			{ ...write("b", "x\n"), base: null },
		],
		{
			a: OLD,
			b: OLD,
		},
	);
	expect(text).toContain(`The agent knew it with other bytes, sha256 ${"1".repeat(64)}.`);
	expect(text).toContain("The agent knew it as not there.");
});

test("neither a name nor a content hides, starts a line of its own, or passes for a heading", async () => {
	const long = `${"x".repeat(160)}2 of 2: delete everything`;
	const hostile = `\u202e\u0007\n2 of 2: delete b\n${"\n".repeat(50)}${long}\n${"\n".repeat(50)}`;
	const changes = [write("a\n2 of 2: delete b\u202e", hostile), edit("c", hostile, "")];
	for (const text of [await shown(changes, {}), decidedDocument(ask(changes, {}), undefined, 0).text]) {
		expect(text).toContain('1 of 2: create "a\\n2 of 2: delete b\\u{202e}"\n');
		expect(text).toContain("\\u{202e}\\u{7}");
		expect(text).not.toMatch(/[\u202e\u0007]/);
		expect(text).not.toMatch(/^(?:2 of 2: )?delete/m);
		expect(text.split("\n").filter((line) => line.startsWith("2 of 2: "))).toEqual(["2 of 2: edit c"]);
	}
	expect(await shown(changes, {})).toMatch(
		/^\+‹50 empty lines›\n\+x+ ‹the line goes on›\n\+2 of 2: delete everything\n/m,
	);
});

test("an edit without an end of line is told from one of whole lines, and everywhere from once", () => {
	const changes: Changes = [
		{ tool: "file_write", path: "a", edits: [{ old: "x", new: "y\n", all: true }] },
		{ tool: "file_write", path: "b", edits: [{ old: "x\n", new: "y\n" }] },
		{ ...write("c", "x"), base: null },
	];
	const { text, language } = decidedDocument({ ...ask(changes, { a: "", b: "" }), status: "denied" }, undefined, 0);
	expect(language).toBe("diff");
	expect(text).toContain("1 of 3: edit a\n@@ edit 1: a piece of text, wherever it stands @@\n-x\n+y\n+\n");
	expect(text).toContain("2 of 3: edit b\n@@ edit 1: whole lines, where it stands once @@\n-x\n+y\n");
	expect(text).toContain("3 of 3: create c\nThe agent knew it as not there.\n+x\n\\ No newline at end of file\n");
});

test("two hundred files are all there, and soon", async () => {
	const names = Array.from({ length: 200 }, (_, at) => `f${at}.ts`);
	const lines = (mark: string) => Array.from({ length: 2000 }, (_, at) => `${mark}${at}\n`).join("");
	const files = Object.fromEntries(names.map((name) => [name, lines("a")]));
	const before = process.cpuUsage();
	const text = await shown(
		names.map((name) => write(name, lines("b"))),
		files,
	);
	expect(process.cpuUsage(before).user / 1000).toBeLessThan(15_000);
	expect(text).toContain("200 files, +400000 -400000\n");
	for (const [at, name] of names.entries()) expect(text).toContain(`\n${at + 1} of 200: edit ${name}\n`);
});

test("the document of several changes is coloured as a diff, below who wants it and why", async () => {
	const changes = [edit("a", "two", "2\u202e")];
	const document = requestDocument(ask(changes, { a: OLD }), { changes: await shown(changes, { a: OLD }) });
	expect(document.language).toBe("diff");
	expect(document.text).toMatch(/^agent wants to change this, in \/w\n/);
	expect(document.text).toContain("Characters that are not drawn: 1 × \\u{202e}.");
	expect(document.text).toContain("+2\\u{202e}\n");
	expect(document.text).not.toContain('"tool"');
});
