import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lazyShell } from "../../../src/shell/lazyShell.ts";
import { tempDir } from "../../support/tempDir.ts";
import { GRAMMARS } from "./opened.ts";

const never = (message: string) => expect.fail(message);

test("the first command opens the shell, and those at the same time wait for it", async () => {
	const shell = lazyShell(GRAMMARS, never);
	const [one, other] = await Promise.all([shell.read("git status"), shell.read("a $(b)")]);
	expect(one?.plain).toEqual([["git", "status"]]);
	expect(other?.plain).toBeUndefined();
	expect(other?.commands).toHaveLength(2);
});

test("a parser that cannot be loaded understands nothing, says so, and is tried anew", async () => {
	const dir = join(tempDir(), "dist");
	const warnings: string[] = [];
	const shell = lazyShell(dir, (message) => warnings.push(message));
	expect(await shell.read("git status")).toBeUndefined();
	expect(await shell.read("git status")).toBeUndefined();
	expect(warnings).toEqual([1, 2].map(() => expect.stringMatching(/^A command could not be analysed: .*ENOENT/)));
	mkdirSync(dir);
	for (const name of ["tree-sitter", "tree-sitter-bash", "tree-sitter-powershell"]) {
		copyFileSync(join(GRAMMARS, `${name}.wasm`), join(dir, `${name}.wasm`));
	}
	expect((await shell.read("git status"))?.plain).toEqual([["git", "status"]]);
	expect(warnings).toHaveLength(2);
});
