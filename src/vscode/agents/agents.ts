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
	const told = new Set(gate.bypasses().map(({ identity }) => nameOf(identity.agent, identity.session)));
	const isOn = ({ identity, heardAt }: Session) =>
		now - heardAt < OVER && !told.has(nameOf(identity.agent, identity.session));
	return gate
		.sessions()
		.filter(isOn)
		.map(({ identity: { agent, session }, heardAt, wentRound: isRound }) => ({
			key: `${gate.workspace} ${nameOf(agent, session)}`,
			agent,
			session,
			isGated: !isRound,
			says: isRound ? "NOT GATED · no call since" : `gated · heard ${ageText(now - heardAt)} ago`,
			why: isRound
				? "A tool of it ran without asking, and no call of it has come to this gate since."
				: "Its calls come to this gate.",
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

/**
 * Started in a terminal, and nothing came from it since. Which of several terminals a session is in nobody knows: as many
 * as there are sessions count as heard, the older ones first.
 */
function silent(gates: WindowGates, terminals: AgentTerminals): AgentState[] {
	// What another process's gate hears is not known here.
	if (gates.all().some(({ hold }) => hold.kind === "theirs")) return [];
	const heardOf = gates.all().flatMap((gate) => gate.sessions());
	const waiting = [...terminals.all()].sort((a, b) => a.startedAt - b.startedAt);
	const unheard = waiting.filter(({ agent, startedAt }) => {
		const at = heardOf.findIndex((one) => one.identity.agent === agent && one.heardAt >= startedAt);
		if (at >= 0) heardOf.splice(at, 1);
		return at < 0;
	});
	return unheard.map(({ agent, startedAt, terminal }) => ({
		key: `${startedAt} ${agent}`,
		agent,
		session: terminal.name,
		isGated: false,
		says: "NOT GATED · not heard yet",
		why: "It runs in a terminal of this window, and neither a call nor a sign of life of it came to the gate. An agent that is connected is heard with its first call, Claude Code with its first prompt.",
	}));
}
