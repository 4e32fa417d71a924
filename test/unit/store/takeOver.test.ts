import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { realDisk } from "../../../src/store/disk.ts";
import { endWish, readWish, wishFor } from "../../../src/store/takeOver.ts";
import { tempDir } from "../../support/tempDir.ts";

const FOLDER = "0123456789abcdef";

test("a wish lasts as long as the process that wishes, and can be taken away", async () => {
	const run = tempDir("run-");
	await wishFor(realDisk, run, FOLDER, "editor");
	expect(await readWish(realDisk, run, FOLDER)).toMatchObject({ pid: process.pid, owner: "editor" });
	await endWish(realDisk, run, FOLDER);
	await endWish(realDisk, run, FOLDER);
	expect(await readWish(realDisk, run, FOLDER)).toBeUndefined();
});

test("the wish of a dead process is cleared away, even when its number lives again", async () => {
	const run = tempDir("run-");
	await wishFor(realDisk, run, FOLDER, "editor");
	const path = join(run, `${FOLDER}.takeover`);
	const { pid } = spawnSync(process.execPath, ["-e", "0"]);
	const wish = JSON.parse(readFileSync(path, "utf8"));
	for (const dead of [
		{ ...wish, pid },
		{ ...wish, startTime: "1" },
		{ ...wish, machine: "elsewhere" },
	]) {
		writeFileSync(path, JSON.stringify(dead));
		expect(await readWish(realDisk, run, FOLDER)).toBeUndefined();
		expect(existsSync(path)).toBe(false);
	}
});
