import { existsSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../src/base/errors.ts";
import { homeAt } from "../../src/store/home.ts";
import { openInBrowser } from "./demo/browser.ts";
import { findDesktop, openOnDesktop } from "./demo/desktop.ts";
import { playHeadless } from "./demo/headless.ts";
import { layWorkspace } from "./demo/night.ts";
import { type Options, readOptions, USAGE, UsageError } from "./demo/options.ts";
import { instructions, makeSample, playNight, type Sample } from "./demo/sample.ts";
import { endOnSignals } from "./demo/signals.ts";

// npm start: the article's night, in a real editor or in the terminal.

async function main(): Promise<void> {
	const options = readOptions(process.argv.slice(2));
	if (options.mode === "help") console.log(USAGE);
	else if (options.mode === "headless") await playHeadless(join(__dirname, "cli.js"));
	else if (options.mode === "agent-only") await playForF5();
	else await playInEditor(options);
}

/** Until Ctrl+C, or until the editor has ended. */
async function playInEditor(options: Options): Promise<void> {
	const sample = makeSample();
	endOnSignals();
	const { ended } = await openEditor(options, sample);
	console.log(`Every line of the audit log appears here. Ctrl+C ends everything and removes ${sample.workspace}\n`);
	const night = playNight(sample.workspace, sample.home);
	const why = await Promise.race([
		ended,
		night.then(() => {
			console.log("\nLook around as long as you like. Ctrl+C ends everything.");
			return ended;
		}),
	]);
	console.log(`\n${why}`);
}

async function openEditor({ mode, port }: Options, sample: Sample): Promise<{ ended: Promise<string> }> {
	if (mode === "browser") return await openInBrowser(sample, port);
	const desktop = findDesktop();
	if ("program" in desktop) return await openOnDesktop(sample, desktop.program);
	if (mode !== "desktop") return await openInBrowser(sample, port);
	throw new UsageError(
		`--desktop: ${desktop.trouble}. Install VS Code so that "code" opens a window here, or run: npm start -- --browser`,
	);
}

/** The window is the one that .vscode/launch.json opens, on this very folder. The next build clears it away. */
async function playForF5(): Promise<void> {
	const root = join(__dirname, "night");
	rmSync(root, { recursive: true, force: true });
	mkdirSync(join(root, "workspace"), { recursive: true });
	const workspace = realpathSync(join(root, "workspace"));
	layWorkspace(workspace);
	console.log(`${instructions()}\nEvery line of the audit log appears here. The agent waits for the window.\n`);
	setInterval(() => {
		if (!existsSync(workspace)) process.exit(0);
	}, 250).unref();
	await playNight(workspace, homeAt(join(root, "home")));
}

main().then(
	() => process.exit(0),
	(error) => {
		console.error(messageOf(error));
		process.exit(error instanceof UsageError ? 2 : 1);
	},
);
