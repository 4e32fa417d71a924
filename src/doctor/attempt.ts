import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Ending } from "../adapters/agentCanary.ts";
import { messageOf } from "../base/errors.ts";
import { ALIVE, type CanaryPlace, readText } from "./canaryPlace.ts";
import { runProgram } from "./runProgram.ts";
import { startScriptedModel } from "./scriptedModel.ts";
import type { Subject } from "./subject.ts";

/** What became of the canary's call. `untried`: it did not come as far as the call, and why. */
export type Attempt = { kind: "ran" } | { kind: "stopped"; told: string } | { kind: "untried"; why: string };

const COMMAND = "echo slipped > canary.txt";
/** The agent's start, on a machine with much else to do, and a hook that retries for 15 s. */
const AGENT_LIMIT_MS = 120_000;
/** What a hook gets that is asked by itself: longer than ours needs to give up. */
const HOOK_LIMIT_MS = 30_000;

/** The agent itself, in its mode that lets everything run, with a model that wants the command. */
export async function attemptWithAgent(subject: Subject, program: string, place: CanaryPlace): Promise<Attempt> {
	const { canary } = subject;
	const model = await startScriptedModel(canary.protocol, [{ calls: [canary.shell(COMMAND)] }]);
	try {
		await canary.prepare?.({ program, ...place });
		const { words, environment, files = {} } = canary.start(model.url, place.places);
		for (const [path, edit] of Object.entries(files)) {
			const before = readText(path) ?? "";
			const after = edit(before);
			if (after === before) continue;
			mkdirSync(dirname(path), { recursive: true });
			writeFileSync(path, after);
		}
		const ending = await runProgram([program, ...words], {
			cwd: place.places.workspace,
			environment: { ...place.environment, ...environment },
			limitMs: AGENT_LIMIT_MS,
		});
		if (readFileSync(place.file, "utf8") !== ALIVE) return { kind: "ran" };
		const told = model.toolResults().join("\n");
		if (told || canary.endedByDenial?.(ending.stdout)) return { kind: "stopped", told };
		return { kind: "untried", why: whyNot(subject.setup.program, model.requests.length, ending) };
	} catch (error) {
		return { kind: "untried", why: messageOf(error) };
	} finally {
		await model.stop();
	}
}

function whyNot(program: string, asked: number, { code, stdout, stderr }: Ending): string {
	const last = (stderr.trim() || stdout.trim()).split("\n").at(-1)?.slice(0, 200) ?? "";
	const how = code === null ? `did not end within ${AGENT_LIMIT_MS / 1000} s` : `ended with exit code ${code}`;
	return `${program} ${asked > 0 ? "did not make the call" : "never asked its model"} and ${how}${last ? ` (${last})` : ""}`;
}

/** The hook alone, as the agent would start it. */
export async function attemptWithHook(subject: Subject, place: CanaryPlace): Promise<Attempt> {
	const ending = await askHook(subject, place, { command: COMMAND }, HOOK_LIMIT_MS);
	if (!ending) return { kind: "ran" };
	const { stdout, stderr } = ending;
	return subject.canary.allows(ending) ? { kind: "ran" } : { kind: "stopped", told: `${stdout}\n${stderr}`.trim() };
}

/** Undefined: no hook is configured. */
export async function askHook(
	{ canary, connections }: Subject,
	{ places, environment, copyOf }: CanaryPlace,
	what: { command: string } | { read: string },
	limitMs: number,
): Promise<Ending | undefined> {
	for (const { file } of connections) {
		const copy = copyOf(file);
		const command = canary.hookCommand(readText(copy) ?? "", copy);
		if (!command) continue;
		const input = JSON.stringify(canary.payload(places.workspace, what));
		return runProgram(command, { cwd: places.workspace, environment, input, limitMs });
	}
	return undefined;
}
