import { momentText } from "./ruleText.ts";

/** What the policies of a window's gates come to, in numbers. */
export interface Standing {
	/** Reads and logs that passed unasked, and since when, wall time, ms; undefined: no gate is held here. */
	readonly passed: number;
	readonly since: number | undefined;
	/** Rules that allow something just now. */
	readonly live: number;
	/** When the next of those ends. */
	readonly nextEnd: number | undefined;
	readonly isPaused: boolean;
	/** Rules are there, and none of them may allow anything. */
	readonly isSuspended: boolean;
	/** Policies that a person has to adopt. */
	readonly proposals: number;
	/** What is wrong with a policy file. */
	readonly problems: readonly string[];
	/** Files that the gate stands on, changed by somebody. */
	readonly drifted: readonly string[];
}

/** All that one item of the status bar is about. */
export interface Situation {
	/** Why agents are refused, or nothing can be approved. */
	readonly trouble: string | undefined;
	/** How many calls ran without asking. */
	readonly bypasses: number;
	readonly waiting: number;
	/** Of the oldest. */
	readonly age: string;
	readonly isElsewhere: boolean;
	readonly standing: Standing;
}

/** What is said, in the order in which it matters. */
export interface Face {
	readonly text: string;
	readonly tooltip: string;
	readonly command: string;
	readonly colour?: "errorBackground" | "warningBackground";
}

export function faceOf(situation: Situation, now: number): Face {
	const { waiting, standing } = situation;
	if (situation.trouble) return { ...NO_GATE, tooltip: situation.trouble };
	const face = gravest(situation) ?? policyFace(situation) ?? idleFace(situation);
	// What passes is told last, whatever else there is to tell, unless nothing may.
	const passes = standing.isSuspended || standing.since === undefined ? [] : [standingSentence(standing, now)];
	const requests = waiting === 0 ? [] : [waitingSentence(situation)];
	return { ...face, tooltip: [...requests, face.tooltip, ...passes].filter(Boolean).join(" ") };
}

const NO_GATE = {
	text: "$(error) Countersign: no gate",
	command: "countersign.queue.focus",
	colour: "errorBackground",
} as const;

/** What a person must look at before anything else. */
function gravest({ bypasses, waiting, standing }: Situation): Face | undefined {
	const more = waiting === 0 ? "" : ` · ${waiting} waiting`;
	const isRed = { colour: "errorBackground" } as const;
	if (bypasses > 0) {
		const tooltip = "A tool ran without asking: the gate was not in force for it. Click to see.";
		return { ...isRed, text: `$(error) ${bypasses} ran without asking`, tooltip, command: "countersign.showBypasses" };
	}
	if (standing.drifted.length > 0) {
		const tooltip =
			"Files that the gate stands on were changed. Until you have looked, no rule allows anything. Click to see.";
		return { ...isRed, text: `$(error) gate files changed${more}`, tooltip, command: "countersign.reviewDrift" };
	}
	if (!standing.isPaused) return undefined;
	const tooltip = "The gate is paused: everything waits, reads too.";
	const command = waiting === 0 ? "countersign.rules.focus" : "countersign.review";
	return { colour: "warningBackground", text: `$(debug-pause) paused · ${waiting} waiting`, tooltip, command };
}

/** A policy that waits for a person, or is not valid; a request that waits goes first. */
function policyFace({ waiting, standing }: Situation): Face | undefined {
	const policy = policyWords(standing);
	if (!policy || waiting > 0) return undefined;
	const { text, why, command } = policy;
	return { text: `$(law) ${text}`, tooltip: why, command, colour: "warningBackground" };
}

function idleFace({ waiting, age, isElsewhere, standing }: Situation): Face {
	const where = isElsewhere ? " (elsewhere)" : "";
	if (waiting === 0) {
		const tooltip = "The gate stands; nothing waits for you.";
		return { text: idleText(standing, where), tooltip, command: "countersign.queue.focus" };
	}
	const policy = policyWords(standing);
	const text = `$(shield) ${waiting} waiting · ${age}${where}${policy ? ` · ${policy.text}` : ""}`;
	return { text, tooltip: policy?.why ?? "", command: "countersign.review", colour: "warningBackground" };
}

function policyWords({ proposals, problems, isSuspended }: Standing) {
	if (proposals > 0) {
		const until = isSuspended ? " Until then no rule allows anything." : "";
		const why = `A policy was changed and holds once you have adopted it.${until}`;
		return { text: "policy waits", why, command: "countersign.reviewPolicy" };
	}
	if (problems.length === 0) return undefined;
	return { text: "policy refused", why: problems.join(" "), command: "countersign.rules.focus" };
}

function idleText({ passed, live }: Standing, where: string): string {
	const counts = [
		...(passed > 0 ? [`${passed} passed`] : []),
		...(live > 0 ? [live === 1 ? "1 rule" : `${live} rules`] : []),
	];
	return `$(shield) ${counts.join(" · ") || "Countersign"}${where}`;
}

function waitingSentence({ waiting, age, isElsewhere }: Situation): string {
	const where = isElsewhere ? " They are decided where the gate is held." : "";
	const requests = waiting === 1 ? "1 request waits" : `${waiting} requests wait`;
	return `${requests} for you, the oldest for ${age}.${where}`;
}

/** Of what passes unasked. */
function standingSentence({ passed, since, live, nextEnd, isPaused }: Standing, now: number): string {
	const reads = passed === 1 ? "1 read or log" : `${passed === 0 ? "No" : passed} reads and logs`;
	const count = live === 1 ? "1 rule allows" : `${live === 0 ? "no" : live} rules allow`;
	const end =
		nextEnd === undefined ? "" : `, ${live === 1 ? "and it" : "the next"} expires ${momentText(nextEnd, now)}`;
	const rules = isPaused ? "" : `, ${count}${live === 0 ? " anything" : ""}${end}`;
	return `${reads} passed unasked since ${momentText(since ?? now, now)}${rules}.`;
}
