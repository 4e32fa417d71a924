import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { summaryText } from "../../../src/present/describe.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { approve, asked } from "../../support/askGate.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";
import { tempDir } from "../../support/tempDir.ts";

const REMOVE: Action = { tool: "file_delete", path: "tree", recursive: true };

/** 5,000 entries in all: files, folders, a repository of its own, a link to outside, a program and an empty folder. */
function grown(): Place & { outside: string } {
	const outside = tempDir("outside-");
	writeFileSync(join(outside, "kept.txt"), "outside\n");
	const names = Array.from({ length: 4981 }, (_, n) => `tree/${n % 9}/${n}.txt`);
	const place = makePlace({
		...Object.fromEntries(names.map((name) => [name, `${name}\n`])),
		"tree/.git/HEAD": "ref: refs/heads/main\n",
		"tree/.git/hooks/pre-commit": "#!/bin/sh\n",
		"tree/run.sh": "#!/bin/sh\n",
		"tree/no\ntext.bin": Buffer.from([0, 255, 254]),
	});
	chmodSync(join(place.workspace, "tree/run.sh"), 0o755);
	mkdirSync(join(place.workspace, "tree/empty"));
	symlinkSync(outside, join(place.workspace, "tree/link"));
	symlinkSync("nowhere", join(place.workspace, "tree/dangling"));
	return { ...place, outside };
}

interface Entry {
	readonly path: string;
	readonly kind: string;
	readonly mode: number;
	readonly content: string;
}

/** Everything below a folder, as text that two of them can be compared by. */
function pictureOf(folder: string): string[] {
	const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
	// Node itself looks behind the link.
	return names
		.filter((name) => !name.startsWith("link/"))
		.map((name) => {
			const [path, stats] = [join(folder, name), lstatSync(join(folder, name))];
			const content = stats.isSymbolicLink() ? readlinkSync(path) : stats.isFile() ? readFileSync(path, "hex") : "";
			return `${name} ${stats.isSymbolicLink() ? "" : stats.mode.toString(8)} ${content}`;
		});
}

/** What a person does with the manifest and the blobs to have it all again. */
function restore({ home }: Place, digest: string, to: string): void {
	const blob = (sha256: string) => readFileSync(join(home, "blobs", sha256.slice(0, 2), sha256));
	for (const { path, kind, mode, content } of JSON.parse(blob(digest).toString()) as Entry[]) {
		const at = join(to, path);
		mkdirSync(dirname(at), { recursive: true });
		if (kind === "symlink") symlinkSync(content, at);
		else if (kind === "file") writeFileSync(at, blob(content));
		else mkdirSync(at, { recursive: true });
		if (kind !== "symlink") chmodSync(at, mode);
	}
}

describe("T33 · a folder of 5,000 entries with a repository and a link to outside in it", () => {
	test("is counted, asked twice, deleted without following a link, and can be restored to the byte", async () => {
		const place = grown();
		const tree = join(place.workspace, "tree");
		const before = pictureOf(tree);
		const { gate, close } = await openTestGate(place);
		onTestFinished(close);
		const request = await asked(gate, REMOVE);
		const bytes = before.reduce((sum, line) => sum + (/ 100\d+ ([0-9a-f]*)$/.exec(line)?.[1]?.length ?? 0) / 2, 0);
		expect(before.length + 1).toBe(5000);
		expect(request.plan).toMatchObject({ tier: "high", targets: [{ listing: { entries: 5000, bytes } }] });
		expect(summaryText(request)).toBe(`file_delete(${JSON.stringify(tree)}) deletes 5000 entries, ${bytes} bytes`);
		expect(await approve(gate, request)).toMatchObject({ outcome: "executed" });
		expect(readdirSync(place.workspace)).toEqual([".countersign"]);
		expect(readFileSync(join(place.outside, "kept.txt"), "utf8")).toBe("outside\n");
		restore(place, request.plan.targets[0]?.listing?.digest ?? "", tree);
		expect(pictureOf(tree)).toEqual(before);
	}, 120_000);

	test.each([
		["a file that came", (tree: string) => writeFileSync(join(tree, "3/new.txt"), "work\n")],
		["a byte that changed", (tree: string) => writeFileSync(join(tree, "3/3.txt"), "work/3/3.txt\n")],
		["a mode that changed", (tree: string) => chmodSync(join(tree, "run.sh"), 0o700)],
	])("%s, while it waited or right before the deletion, is a conflict: nothing goes", async (_, change) => {
		for (const moment of ["while it waits", "intent.checked", "effect.kept"]) {
			const place = makePlace({ "tree/3/3.txt": "tree/3/3.txt\n", "tree/run.sh": "" });
			chmodSync(join(place.workspace, "tree/run.sh"), 0o755);
			const tree = join(place.workspace, "tree");
			const { gate, close } = await openTestGate(place, {
				failpoint: (name) => {
					if (name === moment) change(tree);
				},
			});
			const request = await asked(gate, REMOVE);
			if (moment === "while it waits") change(tree);
			const state = await approve(gate, request);
			if (moment === "while it waits") expect(state).toMatchObject({ status: "waiting", revision: 2 });
			else expect(state).toMatchObject({ outcome: "failed", detail: expect.stringContaining("conflict") });
			expect(existsSync(join(tree, "3/3.txt"))).toBe(true);
			expect(readdirSync(place.workspace).sort()).toEqual([".countersign", "tree"]);
			await close();
		}
	});
});
