import { existsSync, statSync } from "node:fs";
import type { Fault } from "../adapters/agentCanary.ts";
import { type ConfigFile, type Hook, MARGIN } from "../adapters/agentSetup.ts";
import { MAX_HOOK_WAIT } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { isExecutable } from "../store/executable.ts";
import { hookProgram } from "../store/launcher.ts";
import { readText } from "./canaryPlace.ts";
import { hookDifferences } from "./differences.ts";
import type { Finding } from "./finding.ts";
import type { Connected, Subject } from "./subject.ts";

/** The hook as the connecting file names it, else as `connect` would. */
export function hookOf({ canary, setup, home }: Subject, { file }: Connected): Hook {
	const usual = { program: hookProgram(home), waitSeconds: Math.min(86_400 - MARGIN, setup.maxWait ?? MAX_HOOK_WAIT) };
	return canary.hookIn(readText(file) ?? "") ?? usual;
}

/** Each file that `connect` wrote: there, read by the agent, and still as it was written. */
export function checkConfiguration(subject: Subject, connected: Connected): Finding[] {
	const { setup, places } = subject;
	const hook = hookOf(subject, connected);
	const files = setup.files(connected.scope, places, hook);
	const findings = files.flatMap((file, index) => checkFile(subject, file, index === 0));
	if (findings.length > 0) return findings;
	return [
		{
			level: "ok",
			check: "configuration",
			says: `${connected.file} is read, and our hooks are in it as connect writes them.`,
		},
		checkTimes(subject, hook),
	];
}

function checkFile({ setup }: Subject, file: ConfigFile, isMain: boolean): Finding[] {
	const remedy = `countersign connect ${setup.agent}`;
	const level = isMain ? "slips" : "broken";
	const found = (says: string): Finding[] => [{ level, check: "configuration", says: `${file.path}: ${says}`, remedy }];
	const text = readText(file.path) ?? "";
	let wanted: string;
	try {
		wanted = file.connect(text);
	} catch (error) {
		if (error instanceof Problem) return found(error.message);
		throw error;
	}
	if (text === "" && wanted !== "") return found("is not there, so no hook is called.");
	if (wanted !== text) {
		const differences = hookDifferences(setup.agent, text, wanted);
		return found(differences.length > 0 ? `${differences.join("; ")}.` : "is not as connect writes it.");
	}
	if (file.isProgram && !isExecutable(file.path)) {
		const says = `${file.path}: is no longer executable; whether ${setup.program} then calls it depends on its version.`;
		return [{ level: "broken", check: "configuration", says, remedy: `chmod +x '${file.path}'` }];
	}
	return [];
}

function checkTimes({ setup }: Subject, { waitSeconds }: Hook): Finding {
	const check = "timeouts";
	const limit = setup.maxWait ?? MAX_HOOK_WAIT;
	if (waitSeconds > limit) {
		const says = `The hook waits ${waitSeconds} s; above ${limit} s ${setup.program} no longer waits for it, and the call runs.`;
		return { level: "slips", check, says, remedy: `countersign connect ${setup.agent}` };
	}
	return {
		level: "ok",
		check,
		says: `The hook says no after ${waitSeconds} s, before ${setup.program} stops waiting for it.`,
	};
}

/** What the agent reads besides, and the variables that it heeds. */
export function checkSurroundings({ canary, places, connections }: Subject): Finding[] {
	const ours = connections.map(({ file }) => file);
	const files = canary.settings(places).filter(isFile);
	const others = files.filter((path) => !ours.includes(path));
	const inFiles = files.flatMap((path) =>
		canary.faults(path, readText(path) ?? "").map((fault) => toFinding(fault, `take that out of ${path}`, path)),
	);
	const inShell = (canary.environmentFaults?.(places.environment) ?? []).map((fault) => toFinding(fault, "unset it"));
	const findings = [...inFiles, ...inShell];
	if (findings.length > 0 || others.length === 0) return findings;
	return [
		{ level: "ok", check: "other settings", says: `${others.join(", ")}: read, and no hook is turned off there.` },
	];
}

export const toFinding = ({ level, says }: Fault, remedy: string, path?: string): Finding => ({
	...{ level, check: "other settings", says: path === undefined ? says : `${path}: ${says}` },
	...(level === "slips" ? { remedy } : {}),
});

const isFile = (path: string) => existsSync(path) && statSync(path).isFile();
