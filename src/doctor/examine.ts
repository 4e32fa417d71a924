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
	const tried = await inLanes(GATE_STATES.map((state) => () => tryCanary(subject, state)));
	const isSkipped = tried.some((one) => one.isSkipped);
	const culprits = isSkipped && isGated(read) ? await findCulprits(subject) : [];
	const notes = canary.cannotClose.map((says): Finding => ({ level: "cannot close", check: "known", says }));
	return [...read, ...culprits, cost, ...toldOf(subject, tried), ...notes];
}

/** In the order in which a gate goes wrong, and once for all of them why the agent itself was not tried. */
function toldOf({ setup }: Subject, tried: readonly Tried[]): Finding[] {
	const [untried] = tried.filter(({ why }) => why !== undefined);
	const findings = tried
		.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
		.map(({ finding }) => finding);
	if (!untried) return findings;
	const says = `${setup.program} itself could not be tried, so the hook was, alone: ${untried.why}.`;
	return [...findings, { level: "warn", check: "agent", says }];
}

const ORDER = ["denies", "killed", "hangs", "garbage", "absent"];

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
