import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { type AgentSetup, type ConfigFile, MARGIN, type Scope } from "../adapters/agentSetup.ts";
import { SETUPS } from "../adapters/setups.ts";
import { MAX_HOOK_WAIT } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { readConnections, rememberConnection, removeAgentFile, writeAgentFile } from "../store/agentFiles.ts";
import { readIfThere } from "../store/atomicFile.ts";
import { realDisk } from "../store/disk.ts";
import { type Home, homeAt } from "../store/home.ts";
import { hookProgram, layPrograms } from "../store/launcher.ts";
import { readArguments, UsageError, workspaceOf } from "./arguments.ts";
import { forgetCodexHooks, trustCodexHooks } from "./codexTrust.ts";

const CONNECT_USAGE =
	"countersign connect AGENT [--scope project|user] [--wait SECONDS] [--bin FILE] [--print] [--workspace DIR]";
const DISCONNECT_USAGE = "countersign disconnect AGENT [--scope project|user] [--print] [--workspace DIR]";

/** An agent waits a day for a person, then is told to ask again. Seconds. */
const DEFAULT_WAIT = 86_400 - MARGIN;

const OPTIONS = {
	scope: { type: "string" },
	wait: { type: "string" },
	bin: { type: "string" },
	print: { type: "boolean" },
} as const;

/** Puts our hooks into the agent's own configuration. */
export async function connect(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, OPTIONS, CONNECT_USAGE);
	const setup = setupOf(positionals, CONNECT_USAGE);
	const waitSeconds = readWait(values.wait, setup);
	const home = homeAt();
	if (!values.print) await layPrograms(realDisk, home, __dirname);
	const hook = { program: values.bin ?? hookProgram(home), waitSeconds };
	const files = filesOf(setup, home, values, hook);
	const edits = await Promise.all(files.map((file) => edited(file, file.connect)));
	if (values.print) return print(edits);
	const [main] = await write(home, edits, "connected");
	if (main) await rememberConnection(realDisk, home, setup.agent, main.file.path, main.after, Date.now());
	const warnings =
		setup.agent === "codex" && main ? await trustCodexHooks(main.file.path, workspaceOf(home, values.workspace)) : [];
	if (!onPath(setup.program))
		warnings.unshift(`${setup.program} is not on PATH; the configuration is written all the same.`);
	if (setup.notice) warnings.push(setup.notice);
	for (const warning of warnings) process.stderr.write(`countersign: ${warning}\n`);
	return 0;
}

/** Takes them out again; files that held nothing else go. */
export async function disconnect(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, { scope: OPTIONS.scope, print: OPTIONS.print }, DISCONNECT_USAGE);
	const setup = setupOf(positionals, DISCONNECT_USAGE);
	const home = homeAt();
	const files = filesOf(setup, home, values, { program: hookProgram(home), waitSeconds: DEFAULT_WAIT });
	const others = (await readConnections(realDisk, home)).some(
		({ agent, file }) => agent === setup.agent && file !== files[0]?.path,
	);
	const mine = files.filter((file) => !(file.isShared && others));
	const edits = await Promise.all(mine.map((file) => edited(file, file.disconnect)));
	if (values.print) return print(edits);
	if (setup.agent === "codex" && files[0]) await forgetCodexHooks(files[0].path, workspaceOf(home, values.workspace));
	const [main] = await write(home, edits, "disconnected");
	if (main) await rememberConnection(realDisk, home, setup.agent, main.file.path, null, Date.now());
	return 0;
}

interface EditedFile {
	readonly file: ConfigFile;
	readonly before: string | undefined;
	readonly after: string;
}

/** Everything is worked out before anything is written: a file that is refused leaves the others alone. */
async function edited(file: ConfigFile, edit: (text: string) => string): Promise<EditedFile> {
	const before = await readIfThere(realDisk, file.path);
	try {
		return { file, before, after: edit(before ?? "") };
	} catch (error) {
		if (error instanceof Problem) throw new Problem(error.code, `${file.path}: ${error.message}`);
		throw error;
	}
}

/** On stdout the file that makes the connection, to be put in place with `>`; what goes with it is told beside that. */
function print([main, ...others]: readonly EditedFile[]): number {
	process.stdout.write(main?.after ?? "");
	for (const { file, before = "", after } of others) {
		if (after !== before) process.stderr.write(`\n# ${file.path}\n${after}`);
	}
	return 0;
}

async function write(
	home: Home,
	edits: readonly EditedFile[],
	done: "connected" | "disconnected",
): Promise<readonly EditedFile[]> {
	for (const { file, before = "", after } of edits) {
		const isNothing = after === before || (before === "" && after.trim() === "{}");
		if (isNothing) {
			if (file === edits[0]?.file) process.stdout.write(`${file.path}: nothing to change.\n`);
			continue;
		}
		const mode = file.isProgram ? 0o755 : 0o600;
		const backup =
			after === ""
				? await removeAgentFile(realDisk, home, file.path, Date.now())
				: await writeAgentFile(realDisk, home, file.path, after, Date.now(), mode);
		process.stdout.write(`${file.path}: ${done}.${backup ? ` The file as it was: ${backup}` : ""}\n`);
	}
	return edits;
}

function filesOf(
	setup: AgentSetup,
	home: Home,
	{ scope = "project", workspace }: { scope?: string | undefined; workspace?: string | undefined },
	hook: { program: string; waitSeconds: number },
): readonly ConfigFile[] {
	if (scope !== "project" && scope !== "user") throw new UsageError("--scope is project or user.");
	const folder = scope === "project" ? workspaceOf(home, workspace) : "";
	return setup.files(scope satisfies Scope, { workspace: folder, userHome: homedir(), environment: process.env }, hook);
}

function readWait(given: string | undefined, setup: AgentSetup): number {
	const limit = setup.maxWait ?? MAX_HOOK_WAIT;
	const wait = given === undefined ? Math.min(DEFAULT_WAIT, limit) : Number(given);
	if (Number.isInteger(wait) && wait >= 1 && wait <= limit) return wait;
	throw new UsageError(`--wait is a number of seconds from 1 to ${limit} with ${setup.agent}.`);
}

function setupOf([agent]: string[], usage: string): AgentSetup {
	const setup = SETUPS.find((candidate) => candidate.agent === agent);
	if (setup) return setup;
	const known = SETUPS.map((candidate) => candidate.agent).join(", ");
	throw new UsageError(
		`${agent ? `${agent} cannot be connected yet` : "Which agent"}? This version connects: ${known}.\nUsage: ${usage}`,
	);
}

function onPath(program: string): boolean {
	return (process.env.PATH ?? "").split(delimiter).some((folder) => {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}
