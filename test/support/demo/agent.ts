import { spawnSync } from "node:child_process";
import { ConnectionLost, GateClient } from "../../../src/endpoint/client.ts";
import { escapeLine } from "../../../src/present/escape.ts";
import type { RequestState } from "../../../src/protocol/messages.ts";
import { Problem } from "../../../src/protocol/problem.ts";
import { findDiscovery } from "../../../src/store/discovery.ts";
import type { Home } from "../../../src/store/home.ts";
import { NIGHT, type Step } from "./night.ts";

export const AGENT = "night-shift";

interface Telling {
	/** One plain line for every verdict: what the agent makes of it. */
	readonly reaction: (line: string) => void;
	readonly gate?: (is: "there" | "gone") => void;
}

/**
 * Plays the night at the gate of a folder, whoever holds it. A gate that goes away (a reloaded window) is waited for,
 * and asked for the same by the same keys.
 */
export class DemoAgent {
	private readonly home: Home;
	private readonly workspace: string;
	private readonly telling: Telling;
	private connection: Promise<GateClient> | undefined;
	/** What was run, and how it went: an approval is good for one run, however often the gate repeats it. */
	private readonly ran = new Map<string, "executed" | "failed">();

	constructor(home: Home, workspace: string, telling: Telling) {
		this.home = home;
		this.workspace = workspace;
		this.telling = telling;
	}

	/** Until everything is decided, for ever if need be. */
	async play(): Promise<void> {
		await Promise.all(NIGHT.map((step, index) => this.ask(step, `night-${index}`)));
		(await this.connection)?.close();
	}

	private async ask(step: Step, key: string): Promise<void> {
		try {
			const state = await this.insist(async (client) => {
				const verdict = (await client.call("request/submit", { key, ...step })) as RequestState;
				// Of the five, the command is the one that the agent runs itself: "executing" means now, and once.
				if (step.action.tool !== "shell_execute" || verdict.outcome !== "executing") return verdict;
				const outcome = this.run(key, step.action.command ?? "");
				return (await client.call("request/report", { id: verdict.id, outcome })) as RequestState;
			});
			this.telling.reaction(reactionTo(step, state));
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			this.telling.reaction(`${nameOf(step)}: the gate refused it, ${escapeLine(error.message)}`);
		}
	}

	private run(key: string, command: string): "executed" | "failed" {
		const known = this.ran.get(key);
		if (known) return known;
		const { status } = spawnSync(command, { shell: true, cwd: this.workspace, stdio: "ignore" });
		const outcome = status === 0 ? "executed" : "failed";
		this.ran.set(key, outcome);
		return outcome;
	}

	/** Asks every gate that comes until one has answered. */
	private async insist<T>(ask: (client: GateClient) => Promise<T>): Promise<T> {
		for (;;) {
			this.connection ??= this.connect();
			const connection = this.connection;
			try {
				return await ask(await connection);
			} catch (error) {
				if (!(error instanceof ConnectionLost)) throw error;
				// The first of those that wait tells it, and the next gate is one for all.
				if (this.connection !== connection) continue;
				this.connection = undefined;
				this.telling.gate?.("gone");
			}
		}
	}

	private async connect(): Promise<GateClient> {
		for (;;) {
			const discovery = findDiscovery(this.home, this.workspace, "");
			const client = discovery && (await clientOf(discovery));
			if (client) {
				this.telling.gate?.("there");
				return client;
			}
			await new Promise((resolve) => setTimeout(resolve, 200));
		}
	}
}

async function clientOf(discovery: Parameters<typeof GateClient.connect>[0]): Promise<GateClient | undefined> {
	try {
		return await GateClient.connect(discovery, { agent: { name: AGENT }, session: { id: "demo" } });
	} catch (error) {
		if (error instanceof ConnectionLost) return undefined;
		throw error;
	}
}

const nameOf = ({ action }: Step) =>
	`${action.tool}(${"path" in action ? action.path : "command" in action ? action.command : ""})`;

function reactionTo(step: Step, { status, outcome, decision, detail }: RequestState): string {
	const what = nameOf(step);
	if (status === "denied") {
		const reason = decision?.reason ? `"${escapeLine(decision.reason)}"` : "without a reason";
		return `${what}: denied, ${reason}. I leave it as it is.`;
	}
	if (status !== "approved") return `${what}: ${status}. I go on without it.`;
	if (outcome !== "executed")
		return `${what}: approved, but ${outcome}${detail ? ` (${escapeLine(detail)})` : ""}. I stop.`;
	return decision?.edited
		? `${what}: approved with changes, and done. I go on from what you wrote.`
		: `${what}: approved, and done. I go on.`;
}
