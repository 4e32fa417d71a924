import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runTests, TestRunFailedError } from "@vscode/test-electron";
import { cacheRoot } from "../support/cache.ts";
import { tempDir } from "../support/tempDir.ts";
import { makeProfile } from "../support/vscode/profile.ts";

// Runs the suites of this folder inside VS Code. COUNTERSIGN_VSCODE=desktop takes the desktop build, else ours from npm.
// Usage: node dist/host/run.js [--grep TEXT] [--report FILE]

const host = resolve("dist/host");

async function main(): Promise<number> {
	const root = tempDir("host-");
	const workspace = join(root, "workspace");
	mkdirSync(workspace);
	writeFileSync(join(workspace, "notes.md"), "# Notes\n");
	const profile = makeProfile(root);
	const report = argument("--report") ?? join(root, "report.json");
	// Passed by name: what is in this process's environment reaches the editor too.
	const { HOME = "", COUNTERSIGN_HOME = "" } = profile.environment;
	try {
		await runTests({
			...(process.env.COUNTERSIGN_VSCODE === "desktop" ? {} : { vscodeExecutablePath: join(host, "editor.js") }),
			extensionDevelopmentPath: resolve("."),
			extensionTestsPath: join(host, "index.js"),
			launchArgs: [workspace, `--user-data-dir=${profile.userData}`, `--extensions-dir=${profile.extensions}`],
			extensionTestsEnv: {
				HOME,
				COUNTERSIGN_HOME,
				COUNTERSIGN_TEST_CACHE: cacheRoot(),
				COUNTERSIGN_REPORT: report,
				COUNTERSIGN_GREP: argument("--grep") ?? "",
			},
		});
		// An editor that ended well without a report has run nothing.
		readFileSync(report);
		return 0;
	} catch (error) {
		if (!(error instanceof TestRunFailedError)) console.error(error);
		return 1;
	}
}

function argument(name: string): string | undefined {
	const at = process.argv.indexOf(name);
	return at < 0 ? undefined : process.argv[at + 1];
}

void main().then((code) => process.exit(code));
