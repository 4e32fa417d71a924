import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/**
 * The file that a name would start with this PATH, every link resolved; undefined when there is none. For showing only:
 * the agent's shell has a PATH, aliases and functions of its own, and the file can change before it runs.
 */
export function resolveExecutable(name: string, cwd: string, PATH: string): string | undefined {
	if (name === "" || name.includes("\0")) return undefined;
	const candidates = name.includes("/") ? [name] : PATH.split(delimiter).map((folder) => join(folder || ".", name));
	for (const candidate of candidates) {
		const found = executableAt(resolve(cwd, candidate));
		if (found) return found;
	}
	return undefined;
}

function executableAt(path: string): string | undefined {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile() ? realpathSync(path) : undefined;
	} catch {
		return undefined;
	}
}
