import { readdirSync } from "node:fs";

/** What an effect left beside its target, if it did not clean up. */
export function leftovers(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
		/\.countersign-[0-9a-f]{8}-/.test(name),
	);
}
