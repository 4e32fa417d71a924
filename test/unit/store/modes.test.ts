import { chmodSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Action } from "../../../src/protocol/action.ts";
import { approve, asked } from "../../support/askGate.ts";
import { makePlace } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";
import { watchedDisk } from "../../support/watchedDisk.ts";

const WRITE: Action = { tool: "file_write", path: "dir/a.txt", content: "new\n" };
const UMASKS = [0o022, 0o000, 0o077, 0o777];

/** A write of dir/a.txt; `widest`: every permission that any file beside it had, at any time. */
async function written(mode: number | undefined, umask: number) {
	const place = makePlace(mode === undefined ? { "dir/other.txt": "" } : { "dir/a.txt": "old\n" });
	const [folder, path] = [join(place.workspace, "dir"), join(place.workspace, "dir/a.txt")];
	if (mode !== undefined) chmodSync(path, mode);
	let [widest, looks] = [0, 0];
	const { disk } = watchedDisk(() => {
		for (const name of readdirSync(folder).filter((name) => name.startsWith(".countersign-"))) {
			widest |= lstatSync(join(folder, name)).mode & 0o7777;
			looks++;
		}
	});
	const { gate, close } = await openTestGate(place, { disk });
	const before = process.umask(umask);
	onTestFinished(async () => {
		process.umask(before);
		await close();
	});
	const request = await asked(gate, WRITE);
	const state = await approve(gate, request);
	process.umask(before);
	return { request, state, path, widest, looks };
}

describe.each(UMASKS)(
	"T31 · a written file keeps its mode, and no temporary file was ever wider, with umask %o",
	(umask) => {
		test.each([0o755, 0o600, 0o640, 0o644, 0o400, 0o444, 0o777])("mode %o", async (mode) => {
			const { request, state, path, widest, looks } = await written(mode, umask);
			expect(state).toMatchObject({ outcome: "executed" });
			expect(statSync(path).mode & 0o7777).toBe(mode);
			expect(readFileSync(path, "utf8")).toBe("new\n");
			expect(looks).toBeGreaterThan(0);
			expect((widest & ~mode).toString(8)).toBe("0");
			const isReadOnly = (mode & 0o222) === 0;
			expect(request.plan).toMatchObject(
				isReadOnly ? { tier: "high", why: ["The file is read-only."] } : { tier: "normal" },
			);
		});

		test.each([0o4755, 0o2755, 0o6711])(
			"mode %o loses what lets it run as somebody else, and says so before",
			async (mode) => {
				const { request, path, widest } = await written(mode, umask);
				expect(request.plan).toMatchObject({
					tier: "high",
					why: ["The file is setuid or setgid; that bit will be dropped."],
				});
				expect(statSync(path).mode & 0o7777).toBe(mode & 0o777);
				expect((widest & ~(mode & 0o777)).toString(8)).toBe("0");
			},
		);

		test("a new file is what any program would have made", async () => {
			const { path, widest } = await written(undefined, umask);
			expect(statSync(path).mode & 0o7777).toBe(0o666 & ~umask);
			expect((widest & ~0o666).toString(8)).toBe("0");
			expect((widest & umask & 0o077).toString(8)).toBe("0");
		});
	},
);

test("T31: the gate's own files are its owner's alone, whatever the umask", async () => {
	const before = process.umask(0);
	onTestFinished(() => void process.umask(before));
	const place = makePlace({ "dir/a.txt": "old\n" });
	const { gate, close } = await openTestGate(place);
	await approve(gate, await asked(gate, WRITE));
	await close();
	const all = readdirSync(place.home, { recursive: true, encoding: "utf8" });
	expect(all.length).toBeGreaterThan(5);
	const open = all.filter((name) => (lstatSync(join(place.home, name)).mode & 0o077) !== 0);
	expect(open).toEqual([]);
});
