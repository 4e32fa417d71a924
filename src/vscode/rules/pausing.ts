import type { Reviewer } from "../../core/gateTypes.ts";
import { HELD } from "../../core/policy/evaluate.ts";
import { askPerson } from "../askPerson.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import { say } from "./dialog.ts";

/** Everything waits, reads too. It only holds, so nobody is asked. */
export async function pause(gates: WindowGates, reviewer: Reviewer): Promise<void> {
	const held = gates.all().filter((gate) => gate.policy());
	if (held.length === 0) return say("$(shield) This window holds no gate that could be paused.");
	for (const gate of held) await gate.pause(reviewer);
	say("$(debug-pause) Paused: everything waits, reads too.");
}

/** It lets things go, so a person says so in a dialog. */
export async function resume(gates: WindowGates, reviewer: Reviewer): Promise<void> {
	const paused = gates.all().filter((gate) => gate.policy()?.isPaused);
	if (paused.length === 0) return say("$(shield) The gate is not paused.");
	const waiting = paused.flatMap((gate) => gate.pending());
	const held = waiting.filter(({ plan }) => plan.why.includes(HELD)).length;
	const rest = waiting.length - held;
	const goOn = held === 1 ? "1 request that was only held goes on" : `${held} requests that were only held go on`;
	const detail = [
		held === 0 ? "Nothing was only held." : `${goOn} without asking: reads, logs, and what your rules allow.`,
		rest === 1 ? "1 other waits for you as before." : `${rest} others wait for you as before.`,
	].join("\n");
	const question = held === 0 ? "Resume the gate?" : `Resume the gate: ${goOn}?`;
	if ((await askPerson(question, detail, { harmless: "Stay Paused", yes: "Resume" })) !== "yes") return;
	for (const gate of paused) await gate.resume(reviewer);
}
