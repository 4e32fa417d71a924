import { applyEdits, modify, parseTree } from "jsonc-parser";
import { attemptWithAgent } from "./attempt.ts";
import { makeCanaryPlace, readText } from "./canaryPlace.ts";
import type { Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** A file of more settings is not taken apart. */
const MOST_KEYS = 25;

/**
 * The file reads well, and the agent calls no hook all the same: one value that it does not take is enough. It is found by
 * leaving out one setting after the other, until the agent calls the hook.
 */
export async function findCulprits(subject: Subject): Promise<Finding[]> {
	const { program, connections, setup } = subject;
	for (const { file } of program === undefined ? [] : connections) {
		for (const key of settingsIn(readText(file) ?? "").slice(0, MOST_KEYS)) {
			if (program === undefined || !(await isStoppedWithout(subject, program, file, key))) continue;
			const says = `${file}: ${setup.program} does not take its "${key}", and ignores the whole file with our hooks in it.`;
			return [{ level: "slips", check: "configuration", says, remedy: `mend or remove "${key}"` }];
		}
	}
	const files = connections.map(({ file }) => file).join(", ");
	const says = `${setup.program} calls none of our hooks in ${files}, although nothing seems wrong there.`;
	return [
		{
			level: "slips",
			check: "configuration",
			says,
			remedy: `move the file away, then countersign connect ${setup.agent}`,
		},
	];
}

async function isStoppedWithout(subject: Subject, program: string, file: string, key: string): Promise<boolean> {
	const place = makeCanaryPlace(subject, (text, path) =>
		path === file ? applyEdits(text, modify(text, [key], undefined, {})) : text,
	);
	try {
		return (await attemptWithAgent(subject, program, place)).kind === "stopped";
	} finally {
		place.remove();
	}
}

function settingsIn(text: string): string[] {
	const root = parseTree(text);
	const keys = root?.type === "object" ? (root.children ?? []).map(({ children }) => String(children?.[0]?.value)) : [];
	return keys.filter((key) => key !== "hooks");
}
