import { userInfo } from "node:os";
import { setFlagsFromString } from "node:v8";
import { ADAPTERS } from "../adapters/all.ts";
import { openChannels } from "../away/channels.ts";
import { systemClock } from "../base/clock.ts";
import { JsonLines } from "../channels/terminal/jsonLines.ts";
import { LineWriter } from "../channels/terminal/lineWriter.ts";
import { TerminalPrompt } from "../channels/terminal/prompt.ts";
import { FullScreen } from "../channels/terminal/screen/fullScreen.ts";
import { FolderGate, notOurs, type Settled } from "../owner/folderGate.ts";
import { escapeLine } from "../present/escape.ts";
import { lazyShell } from "../shell/lazyShell.ts";
import { BlobStore } from "../store/blobs.ts";
import { realDisk } from "../store/disk.ts";
import { WorkspaceFiles } from "../store/files.ts";
import { homeAt } from "../store/home.ts";
import { layPrograms } from "../store/launcher.ts";
import { readArguments, workspaceOf } from "./arguments.ts";
import { failpointFromEnvironment } from "./failpoint.ts";
import { VERSION } from "./version.ts";

const USAGE = "countersign serve [--json] [--workspace DIR]";

/** Owns the gate of a folder without an editor, until it is stopped. What waits then stays in the journal. */
export async function serve(args: string[]): Promise<number> {
	const { values } = readArguments(args, { json: { type: "boolean" } }, USAGE);
	const home = homeAt();
	const workspace = workspaceOf(home, values.workspace);
	const out = new LineWriter(1);
	// Whoever read our warnings may go; the gate stays.
	process.stderr.on("error", () => undefined);
	const emit = (event: object) => out.line(JSON.stringify(event));
	let screen: FullScreen | undefined;
	const warn = (message: string) => {
		screen?.tell(message);
		// What is written beside a whole screen would tear it.
		if (!screen || !process.stderr.isTTY) process.stderr.write(`countersign: ${escapeLine(message)}\n`);
		if (values.json) emit({ event: "warning", message });
	};
	sparingly();
	await layPrograms(realDisk, home, __dirname);
	const gate = new FolderGate({
		home,
		workspace,
		owner: "serve",
		version: VERSION,
		adapters: ADAPTERS,
		tcp: true,
		dist: __dirname,
		shell: lazyShell(__dirname, warn),
		warn,
		failpoint: failpointFromEnvironment(),
		openChannels: openChannels({ attended: () => false }),
		mayHandOver: async (wish) => wish.owner === "editor",
	});
	const tell = (hold: Settled) => {
		if (hold.kind === "nobody") return warn(notOurs(hold));
		if (hold.kind === "theirs") {
			return warn(
				`An editor (process ${hold.holder.pid}) took this gate over. It comes back here when the editor closes.`,
			);
		}
		const { discovery, discoveryPath } = hold.owned;
		const { url, socket } = discovery;
		if (values.json) emit({ event: "ready", discovery: discoveryPath, url, socket, pid: process.pid, workspace });
		else if (screen) screen.tell("This process holds the gate.");
		else process.stdout.write(`Countersign holds the gate of ${workspace} (process ${process.pid}).\n`);
	};
	gate.onDidChangeHold(tell);
	await gate.own();
	const stopped = stopSignal();
	const reviewer = { by: userInfo().username, via: "terminal" as const };
	if (values.json) {
		gate.onDidWarn(warn);
		new JsonLines(gate, reviewer, (line) => out.line(line), systemClock.monotonic).start(process.stdin);
		await stopped;
	} else if (isScreen()) {
		screen = openScreen(gate, home.blobs, reviewer);
		await Promise.race([stopped, screen.run()]);
		await screen.close();
		screen = undefined;
	} else {
		await Promise.race([stopped, prompt(gate, home.blobs, reviewer)]);
	}
	await gate.close();
	// A reader that does not read must not keep a gate alive that is closed.
	setTimeout(() => process.exit(0), 1000).unref();
	// An open stdin would keep the process alive after its gate is gone.
	process.stdin.destroy();
	return 0;
}

/**
 * Node 20 would spend ten seconds of a core on making the shell's grammars faster than anybody needs, and not end before
 * that. This process runs no other WebAssembly that matters.
 */
function sparingly(): void {
	if (process.versions.electron === undefined) setFlagsFromString("--liftoff-only");
}

/** Whether somebody sits there and sees a whole screen. */
const isScreen = () => process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== "dumb";

function portsOf(root: string) {
	const blobs = new BlobStore(realDisk, root);
	return { blobs, files: new WorkspaceFiles(realDisk, blobs) };
}

function openScreen(gate: FolderGate, root: string, reviewer: { by: string; via: "terminal" }): FullScreen {
	return new FullScreen({
		gate,
		ports: portsOf(root),
		reviewer,
		workspace: gate.workspace,
		input: process.stdin,
		output: process.stdout,
		hasColours: !process.env.NO_COLOR,
		clock: systemClock,
	});
}

async function prompt(gate: FolderGate, blobs: string, reviewer: { by: string; via: "terminal" }): Promise<void> {
	const terminal = new TerminalPrompt(gate, portsOf(blobs), reviewer, process.stdin, process.stdout);
	await terminal.run();
	// Without a terminal there is nobody to ask, but the gate stands: a service is stopped by its signal.
	if (!process.stdin.isTTY) await new Promise(() => undefined);
}

function stopSignal(): Promise<void> {
	return new Promise((resolve) => {
		for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => resolve());
	});
}
