import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";

const SHIPPED = [
	"CHANGELOG.md",
	"LICENSE",
	"dist/README.md",
	"dist/cli.js",
	"dist/discord.js",
	"dist/extension.js",
	"dist/hook.cjs",
	"dist/hook.sh",
	"dist/policy.schema.json",
	"dist/shell.js",
	"dist/shellThread.js",
	"dist/telegram.js",
	"dist/tree-sitter-bash.wasm",
	"dist/tree-sitter-powershell.wasm",
	"dist/tree-sitter.wasm",
	"dist/window.js",
	"media/countersign.svg",
	"media/icon.png",
	"package.json",
];

test("the package holds the built programs and nothing else: no source, no test, no dependency, nobody's audit file", () => {
	const args = ["ls", "--no-dependencies", "--readme-path", "dist/README.md"];
	const { stdout, stderr } = spawnSync("node_modules/.bin/vsce", args, { encoding: "utf8" });
	expect(stdout.split("\n").filter(Boolean).sort(), stderr).toEqual(SHIPPED);
});

test("what runs in the editor loads nothing at its start, and its bundles stay small", () => {
	const size = (path: string) => statSync(path).size;
	expect(size("dist/extension.js")).toBeLessThan(2_000);
	expect(size("dist/window.js")).toBeLessThan(800_000);
	expect(size("dist/hook.cjs")).toBeLessThan(6_000);
	for (const name of ["cli", "window", "extension"]) {
		expect(readFileSync(`dist/${name}.js`, "utf8")).not.toMatch(/sourceMappingURL/);
	}
});

test("the page that is shipped has its words, and no way into a repository that is not there", () => {
	const page = readFileSync("dist/README.md", "utf8");
	expect(page).toContain("| go to the next or previous one | `Shift+Alt+]`, `Shift+Alt+[` |");
	expect(page).toContain("(docs/policy.md)");
	expect(page).not.toMatch(/\]\((?!#|https:)|!\[/);
});
