import { delimiter, dirname, isAbsolute, join } from "node:path";
import type { AgentCanary } from "../adapters/agentCanary.ts";
import type { AgentSetup, Hook, Places, Scope } from "../adapters/agentSetup.ts";
import { CANARIES } from "../adapters/canaries.ts";
import { SETUPS } from "../adapters/setups.ts";
import type { Connection } from "../store/agentFiles.ts";
import { isExecutable } from "../store/executable.ts";
import type { Home } from "../store/home.ts";

/** Where doctor looks, and with what. */
export interface Surroundings {
	readonly home: Home;
	readonly places: Places;
	/** The folder of this version's cli.js and hook.sh. */
	readonly dist: string;
}

export interface Connected {
	readonly scope: Scope;
	/** The file that makes the connection. */
	readonly file: string;
}

/** One agent as it is connected here. */
export interface Subject extends Surroundings {
	readonly setup: AgentSetup;
	readonly canary: AgentCanary;
	readonly connections: readonly Connected[];
	/** The agent's own program, where it is installed. */
	readonly program: string | undefined;
}

/** The agents that doctor can look at, in the order in which they are told of. */
export const AGENTS: readonly string[] = CANARIES.map(({ agent }) => agent);

export function subjectOf(agent: string, all: readonly Connection[], around: Surroundings): Subject | undefined {
	const setup = SETUPS.find((candidate) => candidate.agent === agent);
	const canary = CANARIES.find((candidate) => candidate.agent === agent);
	if (!setup || !canary) return undefined;
	const mine = all.filter((connection) => connection.agent === agent);
	const connections = (["user", "project"] as const).flatMap((scope) => {
		const file = mainFile(setup, scope, around.places);
		return mine.some((connection) => connection.file === file) ? [{ scope, file }] : [];
	});
	return { ...around, setup, canary, connections, program: onPath(setup.program, around.places.environment.PATH) };
}

/** Where an agent is connected besides: a folder, or a file that it does not read from here. */
export function elsewhere({ setup, places, connections }: Subject, all: readonly Connection[]): string[] {
	const here = connections.map(({ file }) => file);
	const others = all.filter(({ agent, file }) => agent === setup.agent && !here.includes(file));
	return others.map(({ file }) => {
		for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
			if (mainFile(setup, "project", { ...places, workspace: folder }) === file) return folder;
		}
		return file;
	});
}

/** Its path does not depend on the hook. */
const NO_HOOK: Hook = { program: "", waitSeconds: 1 };
const mainFile = (setup: AgentSetup, scope: Scope, places: Places) =>
	setup.files(scope, places, NO_HOOK)[0]?.path ?? "";

export function onPath(program: string, path = ""): string | undefined {
	const candidates = path.split(delimiter).filter(isAbsolute);
	return candidates.map((folder) => join(folder, program)).find(isExecutable);
}
