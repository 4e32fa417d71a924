import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { realDisk } from "../../../src/store/disk.ts";
import { DraftStore } from "../../../src/store/drafts.ts";
import { tempDir } from "../../support/tempDir.ts";

const ID = "0123456789abcdef0123456789abcdef";

test("a draft comes back for its revision only, is private, and goes without a trace", async () => {
	const folder = tempDir("drafts-");
	const drafts = new DraftStore(realDisk, folder);
	await drafts.write(ID, 2, "größer\r\n");
	expect(statSync(join(folder, `${ID}.json`)).mode & 0o777).toBe(0o600);
	expect(await drafts.read(ID, 2)).toBe("größer\r\n");
	expect(await drafts.read(ID, 3)).toBeUndefined();
	await drafts.remove(ID);
	await drafts.remove(ID);
	expect(readdirSync(folder)).toEqual([]);
});

test("a draft that cannot be read is none, and an id is no path", async () => {
	const folder = tempDir("drafts-");
	const drafts = new DraftStore(realDisk, folder);
	writeFileSync(join(folder, `${ID}.json`), "{");
	expect(await drafts.read(ID, 1)).toBeUndefined();
	await expect(drafts.write("../x", 1, "")).rejects.toThrow("no request id");
});
