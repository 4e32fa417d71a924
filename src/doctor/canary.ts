import { type Attempt, attemptWithAgent, attemptWithHook } from "./attempt.ts";
import { type GateState, startGate } from "./canaryGate.ts";
import { makeCanaryPlace } from "./canaryPlace.ts";
import type { Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** Those that take long first: the others run beside them. */
export const GATE_STATES: readonly GateState[] = ["killed", "hangs", "denies", "garbage", "absent"];

const GATES: Readonly<Record<GateState, { check: string; when: string }>> = {
	denies: { check: "gate says no", when: "the gate said no" },
	killed: { check: "gate killed", when: "the gate was killed while the call waited" },
	hangs: { check: "gate hangs", when: "the gate took the call and never answered" },
	garbage: { check: "gate babbles", when: "the gate answered garbage" },
	absent: { check: "no gate", when: "no gate was there" },
};

/** Lets the agent try a call that must not run, with a gate in this state. */
export async function tryCanary(subject: Subject, state: GateState): Promise<Finding[]> {
	const { program } = subject;
	const withAgent =
		program === undefined
			? undefined
			: await inPlace(subject, state, (place) => attemptWithAgent(subject, program, place));
	if (withAgent && withAgent.attempt.kind !== "untried")
		return [judged(subject, state, withAgent, subject.setup.program)];
	const withHook = await inPlace(subject, state, (place) => attemptWithHook(subject, place));
	const finding = judged(subject, state, withHook, "the hook alone");
	const why = withAgent?.attempt.kind === "untried" ? withAgent.attempt.why : undefined;
	if (why === undefined || finding.level !== "ok") return [finding];
	return [
		{ ...finding, level: "warn", says: `${finding.says} ${why}, so ${subject.setup.program} itself was not tried.` },
	];
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

function judged({ setup }: Subject, state: GateState, { attempt, asked }: Outcome, who: string): Finding {
	const { check, when } = GATES[state];
	const remedy = `countersign connect ${setup.agent}`;
	if (attempt.kind === "ran") {
		const says = `${who === setup.program ? `${who} ran the call` : `${who} would have let ${setup.program} run the call`}, although ${when}.`;
		return { level: "slips", check, says, remedy };
	}
	if (state === "denies" && asked === 0) {
		const told = attempt.kind === "stopped" ? attempt.told.split("\n")[0]?.slice(0, 200) : "";
		const says = `Nothing ran, but the gate was never asked: every call is refused${told ? ` (${told})` : ""}.`;
		return { level: "broken", check, says, remedy };
	}
	return {
		level: "ok",
		check,
		says: `${who === setup.program ? `${who} tried; nothing` : `With ${who}, nothing`} ran when ${when}.`,
	};
}
