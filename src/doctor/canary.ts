import { type Attempt, attemptWithAgent, attemptWithHook } from "./attempt.ts";
import { type GateState, startGate } from "./canaryGate.ts";
import { makeCanaryPlace } from "./canaryPlace.ts";
import type { Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** The first tells the most; of the others those that take long start first. */
export const GATE_STATES = ["denies", "killed", "hangs", "garbage", "absent"] as const satisfies readonly GateState[];

const GATES: Readonly<Record<GateState, { check: string; when: string }>> = {
	denies: { check: "gate says no", when: "the gate said no" },
	killed: { check: "gate killed", when: "the gate was killed while the call waited" },
	hangs: { check: "gate hangs", when: "the gate took the call and never answered" },
	garbage: { check: "gate babbles", when: "the gate answered garbage" },
	absent: { check: "no gate", when: "no gate was there" },
};

export interface Tried {
	readonly finding: Finding;
	/** The agent itself ran the call, and nobody was asked. */
	readonly isSkipped: boolean;
	/** Why the hook was tried in the agent's place. */
	readonly why?: string;
}

/** Lets the agent try a call that must not run, with a gate in this state; where it cannot, the hook alone. */
export async function tryCanary(subject: Subject, state: GateState): Promise<Tried> {
	const { program, setup } = subject;
	let why = `${setup.program} is not on PATH`;
	if (program !== undefined) {
		const outcome = await inPlace(subject, state, (place) => attemptWithAgent(subject, program, place));
		const { attempt, asked } = outcome;
		const isSkipped = attempt.kind === "ran" && asked === 0;
		if (attempt.kind !== "untried") return { isSkipped, finding: judged(subject, state, outcome, setup.program) };
		why = attempt.why;
	}
	const outcome = await inPlace(subject, state, (place) => attemptWithHook(subject, place));
	return { isSkipped: false, why, finding: judged(subject, state, outcome, undefined) };
}

interface Outcome {
	readonly attempt: Attempt;
	/** How many calls the gate saw. */
	readonly asked: number;
}

async function inPlace(
	subject: Subject,
	state: GateState,
	attempt: (place: ReturnType<typeof makeCanaryPlace>) => Promise<Attempt>,
): Promise<Outcome> {
	const place = makeCanaryPlace(subject);
	try {
		const gate = await startGate(state, place, subject.dist);
		try {
			return { attempt: await attempt(place), asked: gate.asked() };
		} finally {
			gate.stop();
		}
	} finally {
		place.remove();
	}
}

/** @param agent whoever tried; undefined: the hook alone */
function judged({ setup }: Subject, state: GateState, { attempt, asked }: Outcome, agent: string | undefined): Finding {
	const { check, when } = GATES[state];
	const { program } = setup;
	if (attempt.kind === "ran") {
		const what = agent ? `${agent} ran the call` : `the hook would have let ${program} run the call`;
		const remedy = "mend what is named above, then run countersign doctor again";
		const how = agent && asked === 0 ? "and asked nobody: whatever the gate does, calls run" : `although ${when}`;
		return { level: "slips", check, says: `${what}, ${how}.`, remedy };
	}
	if (state === "denies" && asked === 0) {
		const why = attempt.kind === "stopped" ? lastWords(attempt.told) : "";
		const says = `nothing ran, but the gate was never asked: every call is refused${why && ` (${why})`}.`;
		return { level: "broken", check, says, remedy: `countersign connect ${setup.agent}` };
	}
	return {
		level: "ok",
		check,
		says: `${agent ? `${agent} tried` : "the hook alone was tried"}; nothing ran when ${when}.`,
	};
}

/** Agents put the hook's command line before what it said. */
const lastWords = (told: string) =>
	told
		.replace(/^[\s\S]*\]: /, "")
		.trim()
		.split("\n")
		.at(-1)
		?.slice(0, 200) ?? "";
