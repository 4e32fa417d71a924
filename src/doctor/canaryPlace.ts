import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Hook, Places } from "../adapters/agentSetup.ts";
import { type Home, homeAt } from "../store/home.ts";
import { hookProgram } from "../store/launcher.ts";
import { untilDone } from "./cleanUp.ts";
import type { Subject } from "./subject.ts";

/** The agent's configuration as it is, in a folder and a home of their own, where a call may run without harm. */
export interface CanaryPlace {
	readonly places: Places;
	/** COUNTERSIGN_HOME of the gate that is asked there. */
	readonly gateHome: Home;
	/** The file that the canary's command overwrites when it runs. */
	readonly file: string;
	/** Of every program that is started there. */
	readonly environment: Readonly<Record<string, string>>;
	/** The copy of a file of the real configuration. */
	copyOf(path: string): string;
	remove(): void;
}

export const ALIVE = "alive\n";
/** How long the canary's hook waits for a person. Seconds. */
const SHORT_WAIT = 1;
/** A plugin that brings half of npm along is not copied whole. */
const MOST_FILES = 500;

/** What a copy is like, from what is in force and from which file it is. */
export type Edit = (text: string, path: string) => string;

/** @param edit on top of what lets the copy ask the canary's gate */
export function makeCanaryPlace(subject: Subject, edit: Edit = (text) => text): CanaryPlace {
	return makePlace(subject, (_, hooks) => (text, path) => {
		const moved = hooks.reduce((now, { from, to }) => subject.canary.moved(now, from, to), text);
		return edit(moved, path);
	});
}

/** Its copies differ from the real files in where they are, and in nothing else: for reading, not for running. */
export function makeReadingPlace(subject: Subject): CanaryPlace {
	return makePlace(subject, (places) => renamed(subject, places));
}

function makePlace(subject: Subject, editOf: (places: Places, hooks: readonly Moved[]) => Edit): CanaryPlace {
	// Short: a socket's path is limited.
	const root = mkdtempSync(join(realpathSync(tmpdir()), "csdoc-"));
	const remove = untilDone(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
	const [workspace, userHome, temporary] = ["w", "u", "t"].map((name) => join(root, name)) as [string, string, string];
	for (const folder of [workspace, userHome, temporary]) mkdirSync(folder);
	const gateHome = homeAt(join(root, "g"));
	mkdirSync(gateHome.run, { recursive: true, mode: 0o700 });
	const places: Places = { workspace, userHome, environment: {} };
	const hooks = layHooks(subject, join(root, "h"), gateHome);
	symlinkSync(join(root, "h"), join(userHome, ".countersign"));
	const copies = copySettings(subject, places, editOf(places, hooks));
	const file = join(workspace, "canary.txt");
	writeFileSync(file, ALIVE);
	return {
		...{ places, gateHome, file, remove },
		environment: environmentOf(subject, userHome, temporary),
		copyOf: (path) => copies.get(path) ?? path,
	};
}

/** Built from nothing: a person's keys and endpoints must neither be used nor be needed. */
const environmentOf = ({ places }: Subject, userHome: string, temporary: string) => ({
	PATH: places.environment.PATH ?? "",
	...{ HOME: userHome, TMPDIR: temporary, USER: "agent", SHELL: "/bin/sh", LANG: "C.UTF-8", TERM: "dumb" },
});

interface Moved {
	readonly from: Hook;
	readonly to: Hook;
}

/**
 * The hook programs with their bytes and modes, missing where they are missing. The hook finds its gate beside its own
 * folder, so `run` leads to that of the canary's gate.
 */
function layHooks({ home, canary, connections }: Subject, root: string, gateHome: Home): Moved[] {
	const bin = join(root, "bin");
	mkdirSync(bin, { recursive: true, mode: 0o700 });
	symlinkSync(gateHome.run, join(root, "run"));
	const named = connections.flatMap(({ file }) => canary.hookIn(readText(file) ?? "") ?? []);
	const installed: Hook = { program: hookProgram(home), waitSeconds: SHORT_WAIT };
	copyIfThere(join(home.bin, "hook.cjs"), join(bin, "hook.cjs"));
	return [...named, installed].map((from) => {
		const program = join(bin, basename(from.program));
		copyIfThere(from.program, program);
		return { from, to: { program, waitSeconds: SHORT_WAIT } };
	});
}

function copyIfThere(from: string, to: string): void {
	// Modes go with it.
	if (existsSync(from) && statSync(from).isFile() && !existsSync(to)) copyFileSync(from, to);
}

/** Some agents name files of their configuration in it. */
function renamed({ canary, places: real }: Subject, places: Places): Edit {
	const goals = canary.settings(places);
	const pairs = [...canary.settings(real).map((path, index) => [path, goals[index] ?? path] as const)];
	pairs.push([real.workspace, places.workspace]);
	return (text) => pairs.reduce((now, [from, to]) => now.replaceAll(from, () => to), text);
}

function copySettings({ canary, places: real }: Subject, places: Places, edit: Edit): Map<string, string> {
	const goals = canary.settings(places);
	const copies = new Map<string, string>();
	const copy = (from: string, to: string) => {
		if (statSync(from).isDirectory()) {
			for (const name of readdirSync(from)) if (copies.size < MOST_FILES) copy(join(from, name), join(to, name));
			return;
		}
		mkdirSync(dirname(to), { recursive: true });
		const bytes = readFileSync(from);
		const text = bytes.toString("utf8");
		const isText = Buffer.from(text).equals(bytes);
		writeFileSync(to, isText ? edit(text, from) : bytes, { mode: statSync(from).mode & 0o777 });
		copies.set(from, to);
	};
	for (const [index, from] of canary.settings(real).entries()) {
		const to = goals[index] ?? from;
		// What the whole machine shares is read where it is.
		if (to !== from && existsSync(from)) copy(from, to);
	}
	return copies;
}

export function readText(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
}
