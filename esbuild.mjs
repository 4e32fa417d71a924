// Bundles the programs of dist/. The command line has no externals: a stray `import "vscode"` below cli.ts stops the build.
import { chmodSync, copyFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { extensionPage } from "./extensionPage.mjs";

const quiet = process.argv.includes("--quiet");
rmSync("dist", { recursive: true, force: true });
const common = {
	bundle: true,
	platform: "node",
	format: "cjs",
	target: "node20",
	mainFields: ["module", "main"],
	logLevel: quiet ? "error" : "info",
};
// ws asks for native helpers that we do not ship.
common.define = { "process.env.WS_NO_BUFFER_UTIL": "true", "process.env.WS_NO_UTF_8_VALIDATE": "true" };
common.minifySyntax = true;
// "vscode" is found by require alone.
const editor = { ...common, external: ["vscode"], minify: true, supported: { "dynamic-import": false } };
/** A file of its own, for what is imported when it is needed. */
const apart = (filter, path) => ({
	name: path,
	setup: ({ onResolve }) =>
		onResolve({ filter }, ({ kind }) => (kind === "dynamic-import" ? { path, external: true } : undefined)),
});
/** An editor that starts reads and compiles only a kilobyte. */
const windowApart = apart(/\/countersign\.ts$/, "./window.js");
common.plugins = [
	/** The parser, which is read and compiled when the first command asks for it. */
	apart(/\/openShell\.ts$/, "./shell.js"),
	/** Loaded by whoever has a phone: nobody else pays for the bots' code. */
	apart(/\/telegram\/telegram\.ts$/, "./telegram.js"),
	apart(/\/discord\/discord\.ts$/, "./discord.js"),
];
editor.plugins = [...common.plugins, windowApart];
/** node-fetch looks for a package that it does not need: the bot speaks UTF-8. */
const noEncoding = {
	name: "no-encoding",
	setup: ({ onResolve, onLoad }) => {
		onResolve({ filter: /^encoding$/ }, ({ path }) => ({ path, namespace: "none" }));
		onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "module.exports = {};" }));
	},
};
await Promise.all([
	build({ ...editor, entryPoints: ["src/extension.ts"], outfile: "dist/extension.js" }),
	build({ ...editor, entryPoints: ["src/vscode/countersign.ts"], outfile: "dist/window.js" }),
	build({ ...common, minify: true, entryPoints: ["src/shell/openShell.ts"], outfile: "dist/shell.js" }),
	build({ ...editor, entryPoints: ["src/shell/threadMain.ts"], outfile: "dist/shellThread.js" }),
	build({
		...common,
		entryPoints: ["src/channels/telegram/telegram.ts"],
		outfile: "dist/telegram.js",
		minify: true,
		// Its fetch knows a signal by the name of its class.
		keepNames: true,
		plugins: [noEncoding],
	}),
	build({
		...common,
		entryPoints: ["src/channels/discord/discord.ts"],
		outfile: "dist/discord.js",
		minify: true,
		plugins: [],
		// The one without an HTTP client of its own: Node has one, and an editor's knows its proxy.
		alias: { "@discordjs/rest": "./node_modules/@discordjs/rest/dist/web.mjs" },
		// Where a worker's code would be, which is never started; and a packer that it does without.
		define: { ...common.define, "import.meta.url": '"file:///C:/"' },
		external: ["zlib-sync"],
	}),
	build({ ...common, entryPoints: ["src/cli.ts"], outfile: "dist/cli.js", banner: { js: "#!/usr/bin/env node" } }),
	build({
		...common,
		entryPoints: { hook: "src/cli/hook/main.ts" },
		outdir: "dist",
		outExtension: { ".js": ".cjs" },
		minify: true,
	}),
	build({ ...common, entryPoints: { start: "test/support/start.ts" }, outdir: "dist" }),
	build({ ...common, entryPoints: ["src/core/policy/schema.ts"], outfile: "dist/schema.cjs" }),
	build({
		...common,
		entryPoints: ["test/support/provision.ts", ...readdirSync("test/host").map((name) => `test/host/${name}`)],
		entryNames: "[name]",
		outdir: "dist/host",
		external: ["vscode", "mocha", "playwright-core", "@vscode/test-electron"],
		banner: { js: "#!/usr/bin/env node" },
	}),
]);
// What an editor with a YAML extension knows of policy.yaml.
const { policySchema } = createRequire(import.meta.url)("./dist/schema.cjs");
writeFileSync("dist/policy.schema.json", JSON.stringify(policySchema()));
rmSync("dist/schema.cjs");
writeFileSync("dist/README.md", extensionPage());
copyFileSync("src/cli/hook/hook.sh", "dist/hook.sh");
for (const name of ["tree-sitter", "tree-sitter-bash", "tree-sitter-powershell"]) {
	copyFileSync(`node_modules/@vscode/tree-sitter-wasm/wasm/${name}.wasm`, `dist/${name}.wasm`);
	chmodSync(`dist/${name}.wasm`, 0o644);
}
chmodSync("dist/cli.js", 0o755);
chmodSync("dist/hook.sh", 0o755);
chmodSync("dist/host/editor.js", 0o755);
