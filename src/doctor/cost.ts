import { askHook } from "./attempt.ts";
import { startGate } from "./canaryGate.ts";
import { makeCanaryPlace } from "./canaryPlace.ts";
import type { Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

const RUNS = 5;
/** Nobody is asked, so nobody takes their time. */
const LIMIT_MS = 5000;

/** What every call pays: the hook, on a read that nobody is asked about. */
export async function measureCost(subject: Subject): Promise<Finding> {
	const check = "cost";
	const place = makeCanaryPlace(subject);
	try {
		const gate = await startGate("denies", place, subject.dist);
		try {
			const took: number[] = [];
			// The first one warms the caches.
			for (let run = 0; run <= RUNS; run += 1) {
				const start = performance.now();
				const ending = await askHook(subject, place, { read: place.file }, LIMIT_MS);
				if (ending?.code !== 0 || !subject.canary.allows(ending)) return notAnswered(subject, ending?.stderr ?? "");
				took.push(performance.now() - start);
			}
			const median = took.slice(1).sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
			return { level: "ok", check, says: `One call costs ${Math.round(median)} ms on this machine.` };
		} finally {
			gate.stop();
		}
	} finally {
		place.remove();
	}
}

function notAnswered({ setup }: Subject, stderr: string): Finding {
	const why = stderr.trim().split("\n")[0]?.slice(0, 200);
	const says = `Even a free call was not let through by the hook${why ? ` (${why})` : ""}.`;
	return { level: "broken", check: "cost", says, remedy: `countersign connect ${setup.agent}` };
}
