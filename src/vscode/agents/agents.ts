import type { Session } from "../../core/sessions.ts";
import type { FolderGate } from "../../owner/folderGate.ts";
import { escapeLabel } from "../../present/escape.ts";
import { ageText } from "../../present/words.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import type { AgentTerminals } from "./terminals.ts";

/** An agent's session, and whether its calls come to the gate, as far as anybody can tell. */
export interface AgentState {
	readonly key: string;
	readonly agent: string;
	readonly session: string;
	readonly isGated: boolean;
	/** In words, for the row. */
	readonly says: string;
	/** Why, for whoever asks. */
	readonly why: string;
}

/** A session that was silent for longer is over. Ms. */
const OVER = 24 * 60 * 60 * 1000;

/** Every agent that is known to be at work here: what is not gated comes first. */
export function agentsOf(gates: WindowGates, terminals: AgentTerminals, now: number): AgentState[] {
	const states = gates.all().flatMap((gate) => [...wentRound(gate), ...heard(gate, now)]);
	return [...silent(gates, terminals), ...states].sort((a, b) => Number(a.isGated) - Number(b.isGated));
}

const nameOf = (agent: string, session: string) => JSON.stringify([agent, session]);

function heard(gate: FolderGate, now: number): AgentState[] {
	const round = new Set(gate.bypasses().map(({ identity }) => nameOf(identity.agent, identity.session)));
	const gated = ({ identity, heardAt }: Session) =>
		now - heardAt < OVER && !round.has(nameOf(identity.agent, identity.session));
	return gate
		.sessions()
		.filter(gated)
		.map(({ identity: { agent, session }, heardAt }) => ({
			key: `${gate.workspace} ${nameOf(agent, session)}`,
			agent,
			session,
			isGated: true,
			says: `gated · heard ${ageText(now - heardAt)} ago`,
			why: "Its calls come to this gate.",
		}));
}

function wentRound(gate: FolderGate): AgentState[] {
	const sessions = new Map<string, AgentState>();
	for (const { identity, target } of gate.bypasses()) {
		const { agent, session } = identity;
		const key = `${gate.workspace} ${nameOf(agent, session)}`;
		const says = `NOT GATED · ran ${escapeLabel(target)}`;
		const why = "A tool of it ran without asking: the gate was not in force for that call.";
		sessions.set(key, { key, agent, session, isGated: false, says, why });
	}
	return [...sessions.values()];
}

/** Started in a terminal, and nothing came from it since. */
function silent(gates: WindowGates, terminals: AgentTerminals): AgentState[] {
	const sessions = gates.all().flatMap((gate) => gate.sessions());
	return terminals
		.all()
		.filter(({ agent, startedAt }) => !sessions.some((one) => one.identity.agent === agent && one.heardAt >= startedAt))
		.map(({ agent, startedAt, terminal }) => ({
			key: `${startedAt} ${agent}`,
			agent,
			session: terminal.name,
			isGated: false,
			says: "NOT GATED · not heard yet",
			why: "It runs in a terminal of this window, and neither a call nor a sign of life of it came to the gate. An agent that is connected is heard with its first call, Claude Code with its first prompt.",
		}));
}
