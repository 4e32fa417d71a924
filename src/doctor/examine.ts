import { GATE_STATES, tryCanary } from "./canary.ts";
import { makeCanaryPlace } from "./canaryPlace.ts";
import { checkConfiguration, checkSurroundings, hookOf, toFinding } from "./checkFiles.ts";
import { checkProgram } from "./checkProgram.ts";
import { measureCost } from "./cost.ts";
import type { Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** Agents that run at the same time: two of the states only wait. */
const LANES = 3;

/** Everything about one agent that is connected here. */
export async function examine(subject: Subject): Promise<Finding[]> {
	const { canary, connections } = subject;
	const programs = new Map(
		connections.map((connected) => [hookOf(subject, connected).program, hookOf(subject, connected)]),
	);
	const findings = [
		...connections.flatMap((connected) => checkConfiguration(subject, connected)),
		...checkSurroundings(subject),
		...(await askAgent(subject)),
		...[...programs.values()].map((hook) => checkProgram(subject, hook)),
		// Alone: what runs beside it would be measured too.
		await measureCost(subject),
	];
	if (!subject.program) {
		const says = `${subject.setup.program} is not installed here (not on PATH): the hook alone was tried.`;
		findings.push({ level: "warn", check: "agent", says });
	}
	const tried = await inLanes(GATE_STATES.map((state) => () => tryCanary(subject, state)));
	const notes = canary.cannotClose.map((says): Finding => ({ level: "cannot close", check: "known", says }));
	return [...findings, ...tried.flat(), ...notes];
}

/** Some agents know themselves whether they will call a hook. */
async function askAgent(subject: Subject): Promise<Finding[]> {
	const { canary, program, connections } = subject;
	if (!canary.inForce || !program) return [];
	const place = makeCanaryPlace(subject, true);
	try {
		const findings: Finding[] = [];
		for (const { file } of connections) {
			const faults = await canary.inForce({ program, ...place }, place.copyOf(file));
			findings.push(...faults.map((fault) => ({ ...toFinding(fault, `${file}: `), check: "trust" })));
			if (faults.length === 0)
				findings.push({
					level: "ok",
					check: "trust",
					says: `${subject.setup.program} says that it calls the hooks in ${file}.`,
				});
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
