import { Problem } from "../protocol/problem.ts";

/** Where an agent keeps its configuration. */
export interface Places {
	readonly workspace: string;
	readonly userHome: string;
	readonly environment: Readonly<Record<string, string | undefined>>;
}

export type Scope = "project" | "user";

export interface Hook {
	/** The one absolute path of the hook program. */
	readonly program: string;
	/** How long it waits for a person. */
	readonly waitSeconds: number;
}

/** Between our deadline and the agent's own, so that ours is always the first. Seconds. */
export const MARGIN = 60;

/** One file that connecting changes. Text in, text out; "" is a file that is not there. */
export interface ConfigFile {
	readonly path: string;
	/** @throws Problem naming the line, where our hooks would not be in force */
	readonly connect: (text: string) => string;
	readonly disconnect: (text: string) => string;
	/** A program: it must be executable. */
	readonly isProgram?: true;
	/** It serves every folder where the agent is connected, and goes with the last of them. */
	readonly isShared?: true;
}

/** What `countersign connect` writes for one agent. */
export interface AgentSetup {
	/** The word on the command line and in the URL. */
	readonly agent: string;
	/** What it is called in a shell. */
	readonly program: string;
	/** The first file is the one that makes the connection. */
	readonly files: (scope: Scope, places: Places, hook: Hook) => readonly ConfigFile[];
	/** Above it the agent would let the call run before a person answers. Seconds. */
	readonly maxWait?: number;
	/** What whoever connects should know, in a sentence. */
	readonly notice?: string;
}

/** A file that is ours alone. Another one's in its place is refused: it would be lost. */
export function ownFile(path: string, content: string): ConfigFile {
	const isOurs = (text: string) => /Written by Countersign/.test(text.slice(0, 500));
	return {
		path,
		connect: (text) => {
			if (text === "" || isOurs(text)) return content;
			throw new Problem("bad_request", "is there already and is not ours. Move it out of the way first.");
		},
		disconnect: (text) => (isOurs(text) ? "" : text),
	};
}
