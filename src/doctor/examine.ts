import { GATE_STATES, type Tried, tryCanary } from "./canary.ts";
import { makeReadingPlace } from "./canaryPlace.ts";
import { checkConfiguration, checkSurroundings, hookOf, toFinding } from "./checkFiles.ts";
import { checkProgram } from "./checkProgram.ts";
import { measureCost } from "./cost.ts";
import { findCulprits } from "./culprit.ts";
import { type Finding, isGated } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** Agents that run at the same time: two of the states only wait. */
const LANES = 3;

/** Everything about one agent that is connected here. */
export async function examine(subject: Subject): Promise<Finding[]> {
	const { canary, connections } = subject;
	const hooks = connections.map((connected) => hookOf(subject, connected));
	const programs = new Map(hooks.map((hook) => [hook.program, hook]));
	const read = [
		...connections.flatMap((connected) => checkConfiguration(subject, connected)),
		...checkSurroundings(subject),
		...(await askAgent(subject)),
		...[...programs.values()].map((hook) => checkProgram(subject, hook)),
	];
	// Alone: what runs beside it would be measured too.
	const cost = await measureCost(subject);
	const tried = await tryAll(subject);
	const culprits = tried[0].isSkipped && isGated(read) ? await findCulprits(subject) : [];
	const notes = canary.cannotClose.map((says): Finding => ({ level: "cannot close", check: "known", says }));
	return [...read, ...culprits, cost, ...toldOf(subject, tried), ...notes];
}

/** The first tells whether there is anything to try: who calls no hook calls none whatever the gate does. */
async function tryAll(subject: Subject): Promise<readonly [Tried, ...Tried[]]> {
	const [state, ...states] = GATE_STATES;
	const first = await tryCanary(subject, state);
	if (first.isSkipped) return [first];
	const rest = first.why === undefined ? subject : { ...subject, program: undefined };
	return [first, ...(await inLanes(states.map((other) => () => tryCanary(rest, other))))];
}

/** Once for all of them why the agent itself was not tried. */
function toldOf({ setup }: Subject, tried: readonly Tried[]): Finding[] {
	const findings = tried.map(({ finding }) => finding);
	const why = tried.find((one) => one.why !== undefined)?.why;
	if (why === undefined) return findings;
	const says = `${setup.program} itself could not be tried, so the hook was, alone: ${why}.`;
	return [...findings, { level: "warn", check: "agent", says }];
}

/** Some agents know themselves whether they will call a hook. */
async function askAgent(subject: Subject): Promise<Finding[]> {
	const { canary, program, connections, setup } = subject;
	if (!canary.inForce || !program) return [];
	const place = makeReadingPlace(subject);
	try {
		const findings: Finding[] = [];
		for (const { file } of connections) {
			const faults = await canary.inForce({ program, ...place }, place.copyOf(file));
			findings.push(
				...faults.map((fault) => ({ ...toFinding(fault, `countersign connect ${setup.agent}`, file), check: "trust" })),
			);
			if (faults.length > 0) continue;
			findings.push({ level: "ok", check: "trust", says: `${setup.program} says that it calls the hooks in ${file}.` });
		}
		return findings;
	} finally {
		place.remove();
	}
}

/** In their order, a few at a time. */
async function inLanes<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
	const results: T[] = [];
	const waiting = tasks.entries();
	const lane = async () => {
		for (const [index, task] of waiting) results[index] = await task();
	};
	await Promise.all(Array.from({ length: LANES }, lane));
	return results;
}
