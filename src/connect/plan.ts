import { homedir } from "node:os";
import { type AgentSetup, type ConfigFile, MARGIN, type Places, type Scope } from "../adapters/agentSetup.ts";
import { errnoOf } from "../base/errors.ts";
import { MAX_HOOK_WAIT } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { readConnections } from "../store/agentFiles.ts";
import type { Disk } from "../store/disk.ts";
import type { Home } from "../store/home.ts";
import { hookProgram } from "../store/launcher.ts";

/** Where an agent is to be connected: in one folder, or (`user`) wherever it runs. */
export interface Spot {
	readonly scope: Scope;
	/** A real path. With the scope `user` no file lies there. */
	readonly workspace: string;
}

/** One file as it is and as it would be. `undefined` and "": it is not there. */
export interface FileChange {
	readonly path: string;
	readonly before: string | undefined;
	readonly after: string;
	readonly isProgram: boolean;
}

/** All that connecting or disconnecting would do to files. Nothing of it is done yet. */
export interface Plan {
	readonly setup: AgentSetup;
	readonly way: "connect" | "disconnect";
	readonly spot: Spot;
	/** The hook program that the configuration names. */
	readonly program: string;
	/** The file that makes the connection. */
	readonly main: FileChange;
	/** The main file first, also where nothing changes. */
	readonly files: readonly FileChange[];
}

/** A file in which our hooks would not be in force, or that is not ours to change. `line` from 1. */
export class Refusal extends Problem {
	readonly path: string;
	/** What is wrong, without the path. */
	readonly why: string;
	readonly line: number | undefined;

	constructor(path: string, problem: Problem) {
		super(problem.code, `${path}: ${problem.message}`);
		this.path = path;
		this.why = problem.message;
		const line = /^line (\d+) /.exec(problem.message)?.[1];
		this.line = line === undefined ? undefined : Number(line);
	}
}

/** An agent waits a day for a person, then is told to ask again; less, where the agent itself would not wait. Seconds. */
export const waitOf = ({ maxWait = MAX_HOOK_WAIT }: AgentSetup): number => Math.min(86_400 - MARGIN, maxWait);

export interface Wish {
	/** The hook program that the configuration names; ours when left out. */
	readonly program?: string | undefined;
	/** Seconds; the agent's default when left out. */
	readonly wait?: number | undefined;
}

/** @throws Refusal before anything is written: a file that is refused leaves the others alone */
export async function planToConnect(
	disk: Disk,
	home: Home,
	setup: AgentSetup,
	spot: Spot,
	wish: Wish = {},
): Promise<Plan> {
	const files = configFiles(home, setup, spot, wish);
	return planOf(
		{ setup, way: "connect", spot, program: programOf(home, wish) },
		await Promise.all(files.map((file) => changed(disk, file, "connect"))),
	);
}

/** What serves other folders too stays until the last of them is disconnected. @throws Refusal */
export async function planToDisconnect(disk: Disk, home: Home, setup: AgentSetup, spot: Spot): Promise<Plan> {
	const files = configFiles(home, setup, spot);
	const others = (await readConnections(disk, home)).some(
		({ agent, file }) => agent === setup.agent && file !== files[0]?.path,
	);
	const mine = files.filter((file) => !(file.isShared && others));
	const way = "disconnect";
	return planOf(
		{ setup, way, spot, program: hookProgram(home) },
		await Promise.all(mine.map((file) => changed(disk, file, way))),
	);
}

function planOf(what: Pick<Plan, "setup" | "way" | "spot" | "program">, files: readonly FileChange[]): Plan {
	const [main] = files;
	if (!main) throw new Error(`${what.setup.agent} has no configuration file.`);
	return { ...what, main, files };
}

/** Whether the file would be another one; an empty object in a file that is not there is no change. */
export const isChange = ({ before = "", after }: FileChange): boolean =>
	after !== before && !(before === "" && after.trim() === "{}");

const programOf = (home: Home, { program = hookProgram(home) }: Wish): string => program;

export function configFiles(home: Home, setup: AgentSetup, spot: Spot, wish: Wish = {}): readonly ConfigFile[] {
	const places: Places = { workspace: spot.workspace, userHome: homedir(), environment: process.env };
	const hook = { program: programOf(home, wish), waitSeconds: wish.wait ?? waitOf(setup) };
	return setup.files(spot.scope, places, hook);
}

async function changed(disk: Disk, file: ConfigFile, way: "connect" | "disconnect"): Promise<FileChange> {
	try {
		const before = await readConfig(disk, file.path);
		return { path: file.path, before, after: file[way](before ?? ""), isProgram: file.isProgram === true };
	} catch (error) {
		throw error instanceof Problem ? new Refusal(file.path, error) : error;
	}
}

/**
 * The file's text; undefined when it is not there.
 * @throws Problem where the text is not all of it: the bytes that are no text would be lost in silence
 */
export async function readConfig(disk: Disk, path: string): Promise<string | undefined> {
	const bytes = await disk.readFile(path).catch((error) => {
		if (errnoOf(error) === "ENOENT") return undefined;
		throw error;
	});
	const text = bytes?.toString("utf8");
	if (bytes && text !== undefined && !Buffer.from(text, "utf8").equals(bytes))
		throw new Problem("bad_request", "is not text in UTF-8. Mend it first.");
	return text;
}
