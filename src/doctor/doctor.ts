import { readConnections } from "../store/agentFiles.ts";
import { realDisk } from "../store/disk.ts";
import { examine } from "./examine.ts";
import { type AgentReport, type Finding, isGated } from "./finding.ts";
import { AGENTS, elsewhere, type Surroundings, subjectOf } from "./subject.ts";

/**
 * Whether each connected agent is really gated. Only what is connected for the user and for this folder is looked at, or
 * the one agent that is named.
 */
export async function* diagnose(named: string | undefined, around: Surroundings): AsyncGenerator<AgentReport> {
	const all = await readConnections(realDisk, around.home);
	const connected = AGENTS.filter((agent) => all.some((connection) => connection.agent === agent));
	for (const agent of named === undefined ? connected : [named]) {
		const subject = subjectOf(agent, all, around);
		if (!subject) continue;
		const others = elsewhere(subject, all);
		const findings: Finding[] = [];
		if (subject.connections.length > 0) findings.push(...(await examine(subject)));
		else if (named !== undefined || others.length === 0) findings.push(notConnected(agent, around.places.workspace));
		if (others.length > 0) findings.push(alsoConnected(others));
		yield { agent, gated: subject.connections.length > 0 && isGated(findings), findings };
	}
}

const notConnected = (agent: string, workspace: string): Finding => ({
	...{ level: "slips", check: "connection", says: `It is not connected in ${workspace}, so nobody is asked.` },
	remedy: `countersign connect ${agent}`,
});

const alsoConnected = (others: readonly string[]): Finding => ({
	...{
		level: "warn",
		check: "elsewhere",
		says: `Connected for ${others.join(", ")} too. Run countersign doctor there.`,
	},
});
