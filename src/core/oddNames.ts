import { hiddenCounts, writtenOut } from "../base/hidden.ts";
import { isPlainName, lookalikeOf } from "./policy/lookalikes.ts";
import type { FilePort, PathFacts } from "./ports.ts";

/** Why a path may be read as another one, in sentences for the reviewer. Where all of it is plain ASCII no folder is read. */
export async function oddNames({ canonical }: PathFacts, files: FilePort): Promise<string[]> {
	if (isPlainName(canonical)) return [];
	const why: string[] = [];
	const hidden = hiddenCounts(canonical);
	if (hidden) why.push(`The path holds characters that are not drawn: ${hidden}.`);
	const parts = canonical.split("/");
	for (const [index, name] of parts.entries()) {
		if (isPlainName(name)) continue;
		const folder = parts.slice(0, index).join("/");
		const other = lookalikeOf(name, await files.names(folder || "/"));
		if (other !== undefined)
			why.push(`It only looks like ${folder}/${other}, which exists: it is written ${spelled(name)}.`);
	}
	return why;
}

const spelled = (name: string) => name.replace(/[^\u0020-\u007e]/gu, writtenOut);
