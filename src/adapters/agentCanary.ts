import type { Hook, Places } from "./agentSetup.ts";

/** How an agent talks to its model: Anthropic's Messages, OpenAI's Responses and Chat Completions, Gemini's. */
export type ModelProtocol = "messages" | "responses" | "chat" | "gemini";

/** What keeps hooks from being called (`slips`), or may be meant otherwise (`warn`). A sentence. */
export interface Fault {
	readonly level: "slips" | "warn";
	readonly says: string;
}

/** How the agent's program is started so that it asks nobody but a model of ours and lets everything run. */
export interface Start {
	readonly words: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
	/** By absolute path: files that it needs besides, from what is there to what must be. "" is a file that is not there. */
	readonly files?: Readonly<Record<string, (text: string) => string>>;
}

/** What a program gave back. Code null: it was killed, at its limit for one. */
export interface Ending {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** The agent's own program, and where it is to look. */
export interface Installed {
	readonly program: string;
	readonly places: Places;
	readonly environment: Readonly<Record<string, string>>;
}

/** How `countersign doctor` tries whether an agent is really stopped by our hook. */
export interface AgentCanary {
	readonly agent: string;
	/** Every file and folder that decides about its hooks, in the same order for every place. */
	readonly settings: (places: Places) => readonly string[];
	/** What keeps hooks from being called, in one of these files. */
	readonly faults: (path: string, text: string) => readonly Fault[];
	/** The same for the variables of the shell that the agent is started from. */
	readonly environmentFaults?: (environment: Places["environment"]) => readonly Fault[];
	/** Our hook as the connecting file names it. Undefined when it does not. */
	readonly hookIn: (text: string) => Hook | undefined;
	/** The file with another hook program, and with short limits where ours are those that `connect` wrote. */
	readonly moved: (text: string, from: Hook, to: Hook) => string;

	readonly protocol: ModelProtocol;
	readonly start: (modelUrl: string, places: Places) => Start;
	/** The call of its tool that runs a command. */
	readonly shell: (command: string) => { readonly name: string; readonly input: Record<string, unknown> };
	/** Whether it came as far as a denial, where its model is not told of one. */
	readonly endedByDenial?: (stdout: string) => boolean;
	/** Makes the agent take a configuration that was copied, where it does not by itself. */
	readonly prepare?: (installed: Installed) => Promise<void>;
	/** What the agent itself says of the hooks in a file, in a copy of its configuration that differs in its place alone. */
	readonly inForce?: (installed: Installed, file: string) => Promise<readonly Fault[]>;

	/** How it starts the hook of its own accord. */
	readonly hookCommand: (text: string, file: string) => readonly [string, ...string[]] | undefined;
	/** What it would tell the hook of a command, or of a read that nobody is asked about. */
	readonly payload: (workspace: string, what: { command: string } | { read: string }) => object;
	/** Whether it would let the call run. */
	readonly allows: (ending: Ending) => boolean;

	/** Ways around the hook that nothing on this machine closes. Sentences. */
	readonly cannotClose: readonly string[];
}
