import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix, relative, sep } from "node:path";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";

/** What a folder of src may import: folders, packages, modules of Node. `any`: all that is installed. */
interface Row {
	readonly folders: readonly string[] | "any";
	readonly packages: readonly string[] | "any";
	readonly node: readonly string[] | "any";
	/** Folders in it are siblings that do not meet. */
	readonly siblings?: true;
	/** The files beside them that list them all. */
	readonly lists?: readonly string[];
}

const CORE = ["base", "protocol", "core"];
const RULE: Readonly<Record<string, Row>> = {
	base: { folders: [], packages: [], node: ["node:crypto"] },
	protocol: { folders: ["base"], packages: ["zod"], node: [] },
	core: {
		folders: ["base", "protocol"],
		packages: ["zod", "yaml", "diff", "picomatch"],
		node: ["node:crypto", "node:path"],
	},
	present: { folders: CORE, packages: ["diff"], node: [] },
	store: { folders: CORE, packages: "any", node: "any" },
	shell: {
		folders: CORE,
		packages: ["@vscode/tree-sitter-wasm"],
		node: ["node:events", "node:fs", "node:fs/promises", "node:path", "node:path/posix", "node:worker_threads"],
	},
	endpoint: { folders: CORE, packages: ["ws", "zod"], node: "any" },
	adapters: {
		folders: CORE,
		packages: "any",
		node: "any",
		siblings: true,
		lists: ["all.ts", "setups.ts", "canaries.ts"],
	},
	channels: { folders: [...CORE, "present"], packages: "any", node: "any", siblings: true },
	connect: { folders: [...CORE, "store", "adapters"], packages: [], node: "any" },
	owner: { folders: [...CORE, "store", "endpoint"], packages: [], node: "any" },
	away: { folders: [...CORE, "present", "store", "channels", "owner"], packages: [], node: "any" },
	doctor: {
		folders: [...CORE, "store", "endpoint", "adapters", "owner"],
		packages: ["jsonc-parser"],
		node: "any",
	},
	vscode: { folders: "any", packages: "any", node: "any" },
	cli: { folders: "any", packages: "any", node: "any" },
};
/** The two composition roots: they may import everything, and are short. */
const ROOTS = ["extension.ts", "cli.ts"];
const ROOT_LINES = 60;
/** What would make a run of the core depend on when, where or how often it runs. */
const IMPURE =
	/\b(?:Date\.now|new Date\(\)|Math\.random|randomBytes|randomUUID|set(?:Timeout|Interval|Immediate)\(|performance\.[a-z]|process\.[a-z]|globalThis|fetch\()/;

type Files = ReadonlyMap<string, string>;

/** Static, type and dynamic imports, re-exports and `require`, as they are written. */
function importsOf(text: string): { specifiers: string[]; hasComputed: boolean } {
	const found = text.matchAll(/(?<!")\b(?:from|import|require)\s*\(?\s*(?:"([^"\n]+)"|'([^'\n]+)')/g);
	return {
		specifiers: [...found].map(([, double, single]) => double ?? single ?? ""),
		hasComputed: /\bimport\s*\(\s*[^"'\s)]|\bcreateRequire\b/.test(text),
	};
}

function violations(files: Files): string[] {
	return [...files].flatMap(([file, text]) => {
		const { specifiers, hasComputed } = importsOf(text);
		const broken = specifiers.flatMap((specifier) => {
			const why = whyNot(file, specifier);
			return why ? [`${file} -> ${specifier}: ${why}`] : [];
		});
		if (hasComputed) broken.push(`${file}: an import whose target cannot be read from the text`);
		if (ROOTS.includes(file) && text.split("\n").length - 1 > ROOT_LINES)
			broken.push(`${file}: over ${ROOT_LINES} lines`);
		if (!ROOTS.includes(file) && !RULE[folderOf(file)]) broken.push(`${file}: lies in no folder of the rule`);
		if (folderOf(file) === "core" && IMPURE.test(withoutComments(text))) {
			broken.push(`${file}: the core has no clock, no chance and no process`);
		}
		return broken;
	});
}

const folderOf = (file: string) => (file.includes("/") ? (file.split("/")[0] ?? "") : "");
const allows = (list: readonly string[] | "any", name: string) => list === "any" || list.includes(name);

function whyNot(file: string, specifier: string): string | undefined {
	const from = folderOf(file);
	const row = RULE[from];
	if (specifier === "vscode") {
		return from === "vscode" || file === "extension.ts" ? undefined : "only the editor's side imports vscode";
	}
	if (specifier.startsWith(".")) {
		const target = posix.join(posix.dirname(file), specifier);
		if (target === "../package.json" && from === "cli") return undefined;
		return row && whyNotFolder(file, from, row, target);
	}
	return row && whyNotModule(from, row, specifier);
}

function whyNotModule(from: string, row: Row, specifier: string): string | undefined {
	if (specifier.startsWith("node:") || builtinModules.includes(specifier)) {
		return allows(row.node, specifier) ? undefined : `${from} does not use this module of Node`;
	}
	const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
	return allows(row.packages, name) ? undefined : `${from} does not use this package`;
}

function whyNotFolder(file: string, from: string, row: Row, target: string): string | undefined {
	const to = folderOf(target);
	if (target.startsWith("../")) return "outside of src";
	if (to === "") return "nobody imports a root";
	if (to === from) {
		const [, own = ""] = file.split("/");
		const [, other = "", inside] = target.split("/");
		if (!row.siblings || inside === undefined || own === other || row.lists?.includes(own)) return undefined;
		return "siblings do not meet";
	}
	if ((from === "cli" && to === "vscode") || (from === "vscode" && to === "cli"))
		return "editor and command line do not meet";
	if (to === "doctor" && from !== "cli") return "only the command line asks the doctor";
	return allows(row.folders, to) ? undefined : `${from} does not import ${to}`;
}

const withoutComments = (text: string) => transformSync(text, { loader: "ts", legalComments: "none" }).code;

function sources(): Files {
	const entries = readdirSync("src", { recursive: true, withFileTypes: true });
	const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
	return new Map(
		paths
			.filter((path) => /\.[cm]?tsx?$/.test(path))
			.map((path) => [relative("src", path).split(sep).join("/"), readFileSync(path, "utf8")]),
	);
}

test("every import of src follows the dependency rule", () => {
	const files = sources();
	expect(files.size).toBeGreaterThan(60);
	expect([...files.values()].flatMap((text) => importsOf(text).specifiers).length).toBeGreaterThan(200);
	expect(violations(files)).toEqual([]);
});

test("every relative import names a file that is there", () => {
	const files = sources();
	for (const [file, text] of files) {
		for (const specifier of importsOf(text).specifiers.filter((name) => name.startsWith("."))) {
			const target = posix.join(posix.dirname(file), specifier);
			if (/\.ts$/.test(specifier)) expect(files.has(target), `${file} -> ${specifier}`).toBe(true);
		}
	}
});

const PLANTED: readonly [file: string, why: RegExp, text: string][] = [
	["base/a.ts", /base does not import core/, `import { x } from "../core/b.ts";`],
	["base/a.ts", /does not use this package/, `import * as z from "zod";`],
	["protocol/a.ts", /protocol does not import core/, `import type { Gate } from "../core/gate.ts";`],
	["protocol/a.ts", /this module of Node/, `import { createHash } from "node:crypto";`],
	["core/a.ts", /this module of Node/, `import { readFileSync } from "node:fs";`],
	["core/a.ts", /this module of Node/, `import { readFileSync } from "fs";`],
	["core/policy/a.ts", /this module of Node/, `const fs = await import("node:fs/promises");`],
	["core/a.ts", /core does not import store/, `type Disk = import("../store/disk.ts").Disk;`],
	["core/a.ts", /core does not import present/, `export { x } from "../present/x.ts";`],
	["core/a.ts", /core does not import endpoint/, `import "../endpoint/server.ts";`],
	["core/a.ts", /this module of Node/, `import { setTimeout } from "node:timers/promises";`],
	["core/a.ts", /does not use this package/, `import {\n\ta,\n\tb,\n} from "ws";`],
	["core/a.ts", /no clock/, `export const now = () => Date.now();`],
	["core/a.ts", /no clock/, `export const today = () => new Date();`],
	["core/a.ts", /no clock/, `export const id = () => Math.random();`],
	["core/a.ts", /no clock/, `setTimeout(() => undefined, 1);`],
	["core/a.ts", /no clock/, `export const home = process.env.HOME;`],
	["core/a.ts", /cannot be read/, `export const name = "fs"; await import(name);`],
	["present/a.ts", /present does not import store/, `import { BlobStore } from "../store/blobs.ts";`],
	["store/a.ts", /store does not import endpoint/, `import { Guard } from "../endpoint/guard.ts";`],
	["shell/a.ts", /shell does not import store/, `import { realDisk } from "../store/disk.ts";`],
	["shell/a.ts", /this module of Node/, `import { spawn } from "node:child_process";`],
	["core/a.ts", /core does not import shell/, `import { openShell } from "../shell/openShell.ts";`],
	["core/a.ts", /does not use this package/, `import { Parser } from "@vscode/tree-sitter-wasm";`],
	["endpoint/a.ts", /endpoint does not import store/, `import { realDisk } from "../store/disk.ts";`],
	["endpoint/a.ts", /does not use this package/, `import express from "express";`],
	["adapters/codex/a.ts", /siblings do not meet/, `import { x } from "../claudeCode/adapter.ts";`],
	["adapters/other.ts", /siblings do not meet/, `import { x } from "./claudeCode/adapter.ts";`],
	["channels/telegram/a.ts", /siblings do not meet/, `import { x } from "../terminal/prompt.ts";`],
	["channels/telegram/a.ts", /channels does not import adapters/, `import { x } from "../../adapters/codex/a.ts";`],
	["owner/a.ts", /owner does not import channels/, `import { x } from "../channels/terminal/prompt.ts";`],
	["connect/a.ts", /connect does not import owner/, `import { x } from "../owner/ownFolder.ts";`],
	["adapters/codex/a.ts", /adapters does not import connect/, `import { x } from "../../connect/plan.ts";`],
	["doctor/a.ts", /doctor does not import cli/, `import { connect } from "../cli/connect.ts";`],
	["vscode/a.ts", /only the command line/, `import { diagnose } from "../doctor/doctor.ts";`],
	["cli/a.ts", /do not meet/, `import { x } from "../vscode/queueView/tree.ts";`],
	["vscode/a.ts", /do not meet/, `import { x } from "../cli/serve.ts";`],
	["cli/a.ts", /only the editor's side/, `import * as vscode from "vscode";`],
	["cli.ts", /only the editor's side/, `import type { Uri } from "vscode";`],
	["core/a.ts", /only the editor's side/, `import type { Uri } from 'vscode';`],
	["store/a.ts", /nobody imports a root/, `import { main } from "../cli.ts";`],
	["store/a.ts", /outside of src/, `import { tempDir } from "../../test/support/tempDir.ts";`],
	["helpers.ts", /no folder of the rule/, "export const x = 1;"],
	["utils/a.ts", /no folder of the rule/, "export const x = 1;"],
	["cli.ts", /over 60 lines/, "a();\n".repeat(61)],
];

test.each(PLANTED)("in %s the rule catches: %s", (file, why, text) => {
	expect(violations(new Map([[file, text]]))).toEqual([expect.stringMatching(why)]);
});

test("the rule lets pass what it should", () => {
	const good: Files = new Map([
		[
			"core/a.ts",
			`import { resolve } from "node:path";\n/** The process. waits; Date.now is not used. */\nnew Date(0);`,
		],
		["channels/telegram/a.ts", `import { logLines } from "../../present/logText.ts";\nimport { api } from "./api.ts";`],
		["channels/telegram/b.ts", `import { shared } from "../shared.ts";`],
		["vscode/queueView/tree.ts", `import * as vscode from "vscode";\nimport { x } from "../../owner/ownFolder.ts";`],
		["extension.ts", `import * as vscode from "vscode";\nimport { x } from "./vscode/commands.ts";`],
	]);
	expect(violations(good)).toEqual([]);
});

test.each(["dist/cli.js", "dist/telegram.js", "dist/discord.js", "dist/hook.cjs"])(
	"%s needs nothing but Node",
	(program) => {
		const text = readFileSync(program, "utf8");
		const required = [...text.matchAll(/\brequire\(\s*["']([^"']+)["']\s*\)/g)].map(([, name = ""]) => name);
		expect(required.length).toBeGreaterThan(0);
		const strangers = required.filter((name) => !name.startsWith("node:") && !builtinModules.includes(name));
		expect([...new Set(strangers)]).toEqual([]);
	},
);
