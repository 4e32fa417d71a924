import { join } from "node:path";
import { DEFAULT_POLICY } from "../core/policy/defaultPolicy.ts";
import { parsePolicy } from "../core/policy/parsePolicy.ts";
import { ASK_EVERYTHING, type Policy } from "../core/policy/policy.ts";
import { readIfThere, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import type { Home } from "./home.ts";

export interface LoadedPolicy {
	readonly policy: Policy;
	/** What is wrong with the file and what holds instead, for the people at the gate. */
	readonly warnings: readonly string[];
}

/**
 * The user's policy as it is at the start of the gate. An invalid file changes nothing: the last good one stays in
 * force; with none, everything asks. The first start writes the default.
 */
export async function loadPolicy(disk: Disk, home: Home, folder: string): Promise<LoadedPolicy> {
	const lastGood = join(home.root, "policy.last-good.yaml");
	let text = await readIfThere(disk, home.policy);
	if (text === undefined) {
		text = DEFAULT_POLICY;
		await replaceFile(disk, home.policy, text);
	}
	const warnings: string[] = [];
	if ((await readIfThere(disk, join(folder, ".countersign", "policy.yaml"))) !== undefined) {
		warnings.push(
			`${join(folder, ".countersign", "policy.yaml")} is not read by this version; your own ${home.policy} holds.`,
		);
	}
	const result = parsePolicy(text, folder);
	if ("policy" in result) {
		if ((await readIfThere(disk, lastGood)) !== text) await replaceFile(disk, lastGood, text);
		return { policy: result.policy, warnings };
	}
	for (const { line, message, remedy } of result.errors) warnings.push(`${home.policy}:${line}: ${message}. ${remedy}`);
	const good = await readIfThere(disk, lastGood);
	const earlier = good === undefined ? undefined : parsePolicy(good, folder);
	if (earlier && "policy" in earlier) {
		return { policy: earlier.policy, warnings: [...warnings, "The last good policy stays in force."] };
	}
	return { policy: ASK_EVERYTHING, warnings: [...warnings, "Until the file is right, everything asks, reads too."] };
}
