import type { AgentSetup } from "../adapters/agentSetup.ts";
import { SETUPS } from "../adapters/setups.ts";
import { carryOut, finish } from "../connect/carryOut.ts";
import { isChange, type Plan, planToConnect, planToDisconnect, type Spot, waitOf } from "../connect/plan.ts";
import { MAX_HOOK_WAIT } from "../protocol/messages.ts";
import { realDisk } from "../store/disk.ts";
import { type Home, homeAt } from "../store/home.ts";
import { layPrograms } from "../store/launcher.ts";
import { readArguments, UsageError, workspaceOf } from "./arguments.ts";

const CONNECT_USAGE =
	"countersign connect AGENT [--scope project|user] [--wait SECONDS] [--bin FILE] [--print] [--workspace DIR]";
const DISCONNECT_USAGE = "countersign disconnect AGENT [--scope project|user] [--print] [--workspace DIR]";

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
	const wait = readWait(values.wait, setup);
	const home = homeAt();
	if (!values.print) await layPrograms(realDisk, home, __dirname);
	const plan = await planToConnect(realDisk, home, setup, spotOf(home, values), { program: values.bin, wait });
	if (values.print) return print(plan);
	await write(home, plan);
	for (const warning of await finish(plan)) process.stderr.write(`countersign: ${warning}\n`);
	return 0;
}

/** Takes them out again; files that held nothing else go. */
export async function disconnect(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, { scope: OPTIONS.scope, print: OPTIONS.print }, DISCONNECT_USAGE);
	const setup = setupOf(positionals, DISCONNECT_USAGE);
	const home = homeAt();
	const plan = await planToDisconnect(realDisk, home, setup, spotOf(home, values));
	if (values.print) return print(plan);
	await write(home, plan);
	return 0;
}

/** On stdout the file that makes the connection, to be put in place with `>`; what goes with it is told beside that. */
function print({ main, files }: Plan): number {
	process.stdout.write(main.after);
	for (const { path, before = "", after } of files.filter((file) => file !== main)) {
		if (after !== before) process.stderr.write(`\n# ${path}\n${after}`);
	}
	return 0;
}

async function write(home: Home, plan: Plan): Promise<void> {
	if (!isChange(plan.main)) process.stdout.write(`${plan.main.path}: nothing to change.\n`);
	for (const { path, backup } of await carryOut(realDisk, home, plan, Date.now())) {
		process.stdout.write(`${path}: ${plan.way}ed.${backup ? ` The file as it was: ${backup}` : ""}\n`);
	}
}

function spotOf(
	home: Home,
	{ scope = "project", workspace }: { scope?: string | undefined; workspace?: string | undefined },
): Spot {
	if (scope !== "project" && scope !== "user") throw new UsageError("--scope is project or user.");
	return { scope, workspace: workspaceOf(home, workspace) };
}

function readWait(given: string | undefined, setup: AgentSetup): number {
	const limit = setup.maxWait ?? MAX_HOOK_WAIT;
	const wait = given === undefined ? waitOf(setup) : Number(given);
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
