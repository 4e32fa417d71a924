import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { hookCommand, withHooks, withoutHooks } from "../adapters/claudeCode/settings.ts";
import { MAX_HOOK_WAIT } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { rememberConnection, writeAgentFile } from "../store/agentFiles.ts";
import { readIfThere } from "../store/atomicFile.ts";
import { realDisk } from "../store/disk.ts";
import { type Home, homeAt } from "../store/home.ts";
import { hookProgram, layPrograms } from "../store/launcher.ts";
import { readArguments, UsageError, workspaceOf } from "./arguments.ts";

const CONNECT_USAGE =
	"countersign connect claude-code [--scope project|user] [--wait SECONDS] [--bin FILE] [--print] [--workspace DIR]";
const DISCONNECT_USAGE = "countersign disconnect claude-code [--scope project|user] [--print] [--workspace DIR]";

/** An agent waits a day for a person, then is told to ask again. Seconds. */
const DEFAULT_WAIT = 86_340;
/** Between our deadline and the agent's own, so that ours is always the first. Seconds. */
const MARGIN = 60;

const OPTIONS = {
	scope: { type: "string" },
	wait: { type: "string" },
	bin: { type: "string" },
	print: { type: "boolean" },
} as const;

/** Puts our hooks into the agent's own configuration. */
export async function connect(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, OPTIONS, CONNECT_USAGE);
	requireClaude(positionals, CONNECT_USAGE);
	const wait = Number(values.wait ?? DEFAULT_WAIT);
	if (!Number.isInteger(wait) || wait < 1 || wait > MAX_HOOK_WAIT)
		throw new UsageError(`--wait is a number of seconds from 1 to ${MAX_HOOK_WAIT}.`);
	const home = homeAt();
	if (!values.print) await layPrograms(realDisk, home, __dirname);
	const command = hookCommand(values.bin ?? hookProgram(home), wait);
	const file = settingsFile(home, values.scope, values.workspace);
	const edit = (text: string) => withHooks(text, command, wait + MARGIN);
	const status = await change(home, file, { connects: true, edit }, values.print ?? false);
	if (!onPath("claude"))
		process.stderr.write("countersign: claude is not on PATH; the configuration is written all the same.\n");
	return status;
}

export async function disconnect(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, { scope: OPTIONS.scope, print: OPTIONS.print }, DISCONNECT_USAGE);
	requireClaude(positionals, DISCONNECT_USAGE);
	const home = homeAt();
	const file = settingsFile(home, values.scope, values.workspace);
	return change(home, file, { connects: false, edit: withoutHooks }, values.print ?? false);
}

interface Change {
	readonly connects: boolean;
	readonly edit: (text: string) => string;
}

async function change(home: Home, file: string, { connects, edit }: Change, print: boolean): Promise<number> {
	const before = await readIfThere(realDisk, file);
	let after: string;
	try {
		after = edit(before ?? "");
	} catch (error) {
		if (error instanceof Problem) throw new Problem(error.code, `${file}: ${error.message}`);
		throw error;
	}
	if (print) {
		process.stdout.write(after);
		return 0;
	}
	if (after === before || (before === undefined && after.trim() === "{}")) {
		process.stdout.write(`${file}: nothing to change.\n`);
		return 0;
	}
	const now = Date.now();
	const backup = await writeAgentFile(realDisk, home, file, after, now);
	await rememberConnection(realDisk, home, "claude-code", file, connects ? after : null, now);
	process.stdout.write(
		`${file}: ${connects ? "connected" : "disconnected"}.${backup ? ` The file as it was: ${backup}` : ""}\n`,
	);
	return 0;
}

function requireClaude([agent]: string[], usage: string): void {
	if (agent !== "claude-code")
		throw new UsageError(
			`${agent ? `${agent} cannot be connected yet` : "Which agent"}? This version connects: claude-code.\nUsage: ${usage}`,
		);
}

/** Project: the private file, since the shared one would block colleagues without Countersign. */
function settingsFile(home: Home, scope = "project", workspace: string | undefined): string {
	if (scope === "user") return join(process.env.CLAUDE_CONFIG_DIR || join(homedir(), ".claude"), "settings.json");
	if (scope === "project") return join(workspaceOf(home, workspace), ".claude", "settings.local.json");
	throw new UsageError("--scope is project or user.");
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
