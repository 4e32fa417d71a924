import {
	existsSync,
	linkSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Gate } from "../../../src/core/gate.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { approve, asked } from "../../support/askGate.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";
import { tempDir } from "../../support/tempDir.ts";

/** `at`: what happens when the gate comes by a point between its durable steps. */
async function gateAt(place: Place, at: Readonly<Record<string, () => void>> = {}): Promise<Gate> {
	const { gate, close } = await openTestGate(place, { failpoint: (name) => at[name]?.() });
	onTestFinished(close);
	return gate;
}

const write = (path: string): Action => ({ tool: "file_write", path, content: "new\n" });
const remove = (path: string): Action => ({ tool: "file_delete", path });

describe("T24 · a file with a second name is asked twice, and the other name keeps its bytes", () => {
	const links = "The file has 2 names (hard links); the others keep the old content.";
	test.each([
		[".vscode/settings.json", "protected"],
		[".claude/hooks/deep/er.sh", "protected"],
		[".mcp.json", "protected"],
		[".git/config", "high"],
		["other.txt", "high"],
	])("which is %s: %s", async (other, tier) => {
		const place = makePlace({ [other]: "old\n", ".vscode/tasks.json": "{}" }, 'roots: ["/"]\nrequire_approval: []\n');
		const [notes, kept] = [join(place.workspace, "notes.txt"), join(place.workspace, other)];
		linkSync(kept, notes);
		const gate = await gateAt(place);
		const request = await asked(gate, write("notes.txt"));
		const same = tier === "protected" ? [`It is the same file as ${kept}, which is protected.`] : [];
		expect(request.plan).toMatchObject({ tier, why: [links, ...same] });
		expect(await approve(gate, request)).toMatchObject({ outcome: "executed" });
		expect(readFileSync(notes, "utf8")).toBe("new\n");
		expect(readFileSync(kept, "utf8")).toBe("old\n");
		expect(lstatSync(kept).ino).not.toBe(lstatSync(notes).ino);
	});

	test("or is the gate's own: nobody writes its key through another name", async () => {
		const place = makePlace();
		const gate = await gateAt(place);
		linkSync(join(place.home, "policy.yaml"), join(place.workspace, "notes.txt"));
		const { plan } = await asked(gate, write("notes.txt"), { apply: "agent" });
		expect(plan).toMatchObject({
			tier: "protected",
			why: [links, expect.stringContaining("policy.yaml, which is protected")],
		});
	});

	test("a second name that came while it waited is seen before anything is written", async () => {
		const place = makePlace({ "notes.txt": "old\n" });
		const gate = await gateAt(place);
		const request = await asked(gate, write("notes.txt"));
		linkSync(join(place.workspace, "notes.txt"), join(place.workspace, "second.txt"));
		expect(await approve(gate, request)).toMatchObject({ status: "waiting", revision: 2 });
		expect(gate.require(request.id).plan.tier).toBe("high");
		expect(readFileSync(join(place.workspace, "notes.txt"), "utf8")).toBe("old\n");
	});
});

describe("T25 · a link is shown as where it leads, and what it became after the approval is not followed", () => {
	const place = () => {
		const outside = tempDir("outside-");
		writeFileSync(join(outside, "x.txt"), "outside\n");
		const made = makePlace({ "real/a.txt": "old\n", "other/a.txt": "other\n" });
		return { ...made, outside, path: (name: string) => join(made.workspace, name) };
	};

	test.each([
		["as the last part", "real/a.txt", "link", "link"],
		["as a parent", "real", "link", "link/a.txt"],
		["that dangles inside", "real/new.txt", "link", "link"],
		["in a row of links", "real/a.txt", "first", "link"],
	])("%s", async (_, target, name, asks) => {
		const { path, ...rest } = place();
		symlinkSync(target, path(name));
		if (asks !== name && !asks.startsWith(`${name}/`)) symlinkSync(name, path(asks));
		const gate = await gateAt(rest);
		const canonical = path(target === "real" ? "real/a.txt" : target);
		const request = await asked(gate, write(asks));
		expect(request.plan.targets[0]?.facts.canonical).toBe(canonical);
		expect(await approve(gate, request)).toMatchObject({ outcome: "executed" });
		expect(readFileSync(canonical, "utf8")).toBe("new\n");
		expect(readlinkSync(path(name))).toBe(target);
	});

	test.each([
		["the last part", (outside: string) => join(outside, "x.txt"), "link"],
		["a parent", (outside: string) => outside, "link/x.txt"],
		["a dangling link", (outside: string) => join(outside, "new.txt"), "link"],
	])("that leaves the workspace as %s is refused; the real path is asked twice", async (_, targetIn, asks) => {
		const { path, outside, ...rest } = place();
		const target = targetIn(outside);
		symlinkSync(target, path("link"));
		const gate = await gateAt(rest);
		await expect(asked(gate, write(asks))).rejects.toThrow(/is a link that leaves the workspace/);
		const real = target === outside ? join(outside, "x.txt") : target;
		const { plan } = await asked(gate, write(real));
		expect(plan).toMatchObject({ tier: "high", why: [`${real} lies outside the workspace.`] });
		expect(readdirSync(outside)).toEqual(["x.txt"]);
		expect(readFileSync(join(outside, "x.txt"), "utf8")).toBe("outside\n");
	});

	test("a link is deleted, not what it leads to", async () => {
		const { path, outside, ...rest } = place();
		symlinkSync(join(outside, "x.txt"), path("link"));
		const gate = await gateAt(rest);
		expect(await approve(gate, await asked(gate, remove("link")))).toMatchObject({ outcome: "executed" });
		expect(existsSync(path("link"))).toBe(false);
		expect(readFileSync(join(outside, "x.txt"), "utf8")).toBe("outside\n");
	});

	/** The last moments before the effect: the decision is durable, the base was compared. */
	describe.each(["decision.durable", "intent.checked", "intent.durable", "effect.staged"])(
		"swapped in at %s",
		(moment) => {
			test.each([
				["the last part, to inside", "other/a.txt"],
				["the last part, to outside", undefined],
			])("%s", async (_, inside) => {
				const { path, outside, ...rest } = place();
				const target = inside === undefined ? join(outside, "x.txt") : path(inside);
				const gate = await gateAt(rest, {
					[moment]: () => {
						rmSync(path("real/a.txt"));
						symlinkSync(target, path("real/a.txt"));
					},
				});
				const before = readFileSync(target, "utf8");
				const state = await approve(gate, await asked(gate, write("real/a.txt")));
				expect(state).toMatchObject({
					status: "approved",
					outcome: "failed",
					detail: expect.stringContaining("conflict"),
				});
				expect(readFileSync(target, "utf8")).toBe(before);
				expect(readlinkSync(path("real/a.txt"))).toBe(target);
				expect(readdirSync(path("real"))).toEqual(["a.txt"]);
			});
		},
	);

	test.each(["decision.durable"])("a parent that was swapped at %s", async (moment) => {
		const { path, outside, ...rest } = place();
		const gate = await gateAt(rest, {
			[moment]: () => {
				renameSync(path("real"), path("was"));
				mkdirSync(join(outside, "real"));
				writeFileSync(join(outside, "real/a.txt"), "old\n");
				symlinkSync(join(outside, "real"), path("real"));
			},
		});
		const state = await approve(gate, await asked(gate, write("real/a.txt")));
		expect(state).toMatchObject({
			status: "approved",
			outcome: "failed",
			detail: expect.stringContaining("leaves the workspace"),
		});
		expect(readFileSync(join(outside, "real/a.txt"), "utf8")).toBe("old\n");
		expect(readFileSync(path("was/a.txt"), "utf8")).toBe("old\n");
	});

	test("a parent that was swapped for a link while it waited is seen before anything is written", async () => {
		const { path, outside: _, ...rest } = place();
		const gate = await gateAt(rest);
		const request = await asked(gate, write("real/a.txt"));
		renameSync(path("real"), path("was"));
		symlinkSync("other", path("real"));
		expect(await approve(gate, request)).toMatchObject({ status: "waiting", revision: 2 });
		expect(gate.require(request.id).plan.targets[0]?.facts.canonical).toBe(path("other/a.txt"));
		expect(readFileSync(path("other/a.txt"), "utf8")).toBe("other\n");
		expect(readFileSync(path("was/a.txt"), "utf8")).toBe("old\n");
	});
});
