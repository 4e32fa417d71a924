import type { PlanPorts } from "./plan.ts";
import { foldPath } from "./policy/fold.ts";
import { isP0 } from "./policy/protectedPaths.ts";
import type { FilePort, PathFacts } from "./ports.ts";

/**
 * The protected name of a file that has several (hard links), if one lies in the workspace or in the gate's own home. An
 * agent that writes the file itself writes through every one of them.
 */
export async function protectedName(facts: PathFacts, { files, place }: PlanPorts): Promise<string | undefined> {
	if (facts.kind !== "file" || facts.nlink < 2) return undefined;
	for (const folder of [place.home, ...(await protectedIn(place.folder, files))]) {
		const found = await files.find(folder, facts);
		if (found !== undefined && found !== facts.canonical) return found;
	}
	return undefined;
}

async function protectedIn(folder: string, files: FilePort): Promise<string[]> {
	const paths = (await files.names(folder)).map((name) => `${folder}/${name}`);
	return paths.filter((path) => isP0(foldPath(path)) || isP0(foldPath(`${path}/x`)));
}
