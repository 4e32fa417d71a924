import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resolveExecutable } from "../../../src/shell/executables.ts";
import { tempDir } from "../../support/tempDir.ts";

const root = tempDir();
for (const folder of ["one", "two", "two/folder"]) mkdirSync(join(root, folder));
for (const [file, mode] of Object.entries({
	"one/plain": 0o644,
	"two/plain": 0o755,
	"two/both": 0o755,
	"one/both": 0o755,
})) {
	writeFileSync(join(root, file), "");
	chmodSync(join(root, file), mode);
}
symlinkSync("../two/both", join(root, "one/link"));
symlinkSync("nowhere", join(root, "one/dangling"));
const PATH = `${root}/none:${root}/one:${root}/two`;

test.each([
	["the first folder of the PATH that has it", "both", "one/both"],
	["not one that cannot be started", "plain", "two/plain"],
	["through a link, where it leads", "link", "two/both"],
	["a path, from where the command starts", "./one/both", "one/both"],
	["a path without a dot", "two/both", "two/both"],
	["an absolute path", join(root, "two/both"), "two/both"],
	["not a folder", "folder", undefined],
	["not a link to nothing", "dangling", undefined],
	["not a path through the PATH", "./both", undefined],
	["nothing", "missing", undefined],
	["no name", "", undefined],
	["a NUL", "both\0", undefined],
])("%s", (_, name, found) => {
	expect(resolveExecutable(name, root, PATH)).toBe(found && join(root, found));
});

test("an empty entry of the PATH is where the command starts", () => {
	expect(resolveExecutable("both", join(root, "two"), "")).toBe(join(root, "two/both"));
	expect(resolveExecutable("both", join(root, "two"), `:${root}/one`)).toBe(join(root, "two/both"));
});
