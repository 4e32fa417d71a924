import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Gate } from "../../../src/core/gate.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { approve, asked } from "../../support/askGate.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

async function gateAt(place: Place): Promise<Gate> {
	const { gate, close } = await openTestGate(place);
	onTestFinished(close);
	return gate;
}

const write = (path: string): Action => ({ tool: "file_write", path, content: "new\n" });

describe("T18 · a path that only looks like an existing one is asked twice, and the existing one is named", () => {
	test.each([
		["a Cyrillic letter in the name", "src/\u0430pp.ts", "src/app.ts", "\\u{430}pp.ts"],
		["a Cyrillic letter in a folder", "sr\u0441/app.ts", "src", "sr\\u{441}"],
		["the NFD twin", "src/e\u0301.md", "src/\u00e9.md", "e\\u{301}.md"],
		["the NFC twin", "src/u\u0308.md".normalize("NFC"), "src/u\u0308.md", "\\u{fc}.md"],
		["a Greek letter", "src/c\u03bfnfig.yml", "src/config.yml", "c\\u{3bf}nfig.yml"],
	])("%s", async (_, path, existing, spelled) => {
		const files = ["src/app.ts", "src/config.yml", "src/\u00e9.md", "src/u\u0308.md"];
		const place = makePlace(Object.fromEntries(files.map((name) => [name, "old\n"])));
		const gate = await gateAt(place);
		const request = await asked(gate, write(path));
		expect(request.plan.tier).toBe("high");
		const named = `It only looks like ${join(place.workspace, existing)}, which exists: it is written ${spelled}.`;
		expect(request.plan.why).toContain(named);
		await approve(gate, request);
		expect(readFileSync(join(place.workspace, path), "utf8")).toBe("new\n");
		for (const name of files) expect(readFileSync(join(place.workspace, name), "utf8"), name).toBe("old\n");
	});

	test("also where it is deleted, moved or one of several changes", async () => {
		const gate = await gateAt(makePlace({ "app.ts": "a\n", "\u0430pp.ts": "b\n" }));
		const rename: Action = { tool: "file_rename", from: "app.ts", to: "\u0430pp2.ts" };
		const remove: Action = { tool: "file_delete", path: "\u0430pp.ts" };
		for (const action of [remove, { tool: "changes", changes: [rename, remove] } satisfies Action]) {
			const { tier, why } = (await asked(gate, action, { apply: "agent" })).plan;
			expect([tier, why.join()]).toEqual(["high", expect.stringContaining("It only looks like")]);
		}
	});

	test("a name in another alphabet that looks like nothing beside it is an ordinary name", async () => {
		const gate = await gateAt(makePlace({ "a.txt": "old\n" }));
		for (const path of ["\u0434\u043e\u043c.txt", "\u65e5\u672c.txt", "\u00e9.md"]) {
			expect((await asked(gate, write(path))).plan).toMatchObject({ tier: "normal", why: [] });
		}
	});
});

test("T17: what is not drawn in a path is counted by code point, and asked twice", async () => {
	const gate = await gateAt(makePlace());
	const request = await asked(gate, write("docs/\u202etxt.\u200bexe\u200b"));
	expect(request.plan).toMatchObject({
		tier: "high",
		why: ["The path holds characters that are not drawn: 2 × \\u{200b}, 1 × \\u{202e}."],
	});
});

describe("T34 · whatever a name is made of, it is exactly that file or a clear refusal, never a neighbour", () => {
	const NEIGHBOURS = ["e.txt", "\u00e9.txt", "rf", "a", "ab.txt", "x".repeat(254)];
	test.each([
		["emoji", "\u{1f600}\u{1f468}\u200d\u{1f469}.txt"],
		["255 bytes", "x".repeat(255)],
		["255 bytes in few characters", `${"\u{1f600}".repeat(63)}abc`],
		["a line break", "a\nb.txt"],
		["a leading dash", "-rf"],
		["the NFD twin of a neighbour", "e\u0301.txt"],
		["a trailing space", "a "],
		["a trailing dot", "a."],
		["a trailing line break", "a\n"],
		["a leading space", " a"],
		["quotes", `a"'b`],
		["a backslash", "a\\b.txt"],
		["a percent", "%2e%2e"],
		["a star", "*"],
		["the name of our own temporary files", ".countersign-00000000-0.tmp"],
	])("%s", async (_, name) => {
		const place = makePlace(Object.fromEntries(NEIGHBOURS.map((neighbour) => [neighbour, "old\n"])));
		const gate = await gateAt(place);
		const there = () => readdirSync(place.workspace).sort();
		const before = there();
		const path = join(place.workspace, name);
		expect(await approve(gate, await asked(gate, write(path)))).toMatchObject({ outcome: "executed" });
		expect(there()).toEqual([...before, name].sort());
		expect(readFileSync(path, "utf8")).toBe("new\n");
		expect(await approve(gate, await asked(gate, { tool: "file_delete", path }))).toMatchObject({
			outcome: "executed",
		});
		expect(there()).toEqual(before);
		for (const neighbour of NEIGHBOURS) expect(readFileSync(join(place.workspace, neighbour), "utf8")).toBe("old\n");
	});

	test("a path as long as a disk takes is that file; a longer one is refused, and so is a longer name", async () => {
		const place = makePlace({ a: "old\n" });
		const gate = await gateAt(place);
		const deep = (length: number) => {
			const parts = Math.floor((length - place.workspace.length) / 100);
			const folders = `${place.workspace}${`/${"d".repeat(99)}`.repeat(parts - 1)}`;
			return `${folders}/${"f".repeat(length - folders.length - 1)}`;
		};
		// 4,096 bytes with the NUL at its end is what Linux takes; a temporary file beside it needs some of that.
		for (const length of [3900, 4095]) {
			const request = await asked(gate, write(deep(length)));
			const { outcome, detail = "" } = await approve(gate, request);
			if (outcome === "executed") expect(readFileSync(deep(length), "utf8")).toBe("new\n");
			else
				expect([outcome, detail, existsSync(deep(length))]).toEqual([
					"failed",
					expect.stringMatching(/too long|ENAMETOOLONG/),
					false,
				]);
		}
		expect(readFileSync(deep(3900), "utf8")).toBe("new\n");
		for (const path of [deep(4096), `${"x".repeat(256)}`, `${"\u00e9".repeat(128)}`]) {
			await expect(asked(gate, write(path))).rejects.toThrow(/longer than the disk allows/);
		}
		mkdirSync(join(place.workspace, "full"));
		writeFileSync(join(place.workspace, "full", "x".repeat(255)), "old\n");
		expect(await approve(gate, await asked(gate, write(join("full", "x".repeat(255)))))).toMatchObject({
			outcome: "executed",
		});
	});
});
