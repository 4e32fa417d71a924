import { realpathSync } from "node:fs";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { Problem } from "../protocol/problem.ts";
import { findDiscovery } from "../store/discovery.ts";
import type { Home } from "../store/home.ts";

/** The command line is wrong; the message says how it goes. Exit code 2. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig["options"]>;

export function readArguments<const O extends Options>(args: string[], options: O, usage: string) {
	try {
		return parseArgs({
			args,
			options: { ...options, workspace: { type: "string" } } as O & { workspace: { type: "string" } },
			allowPositionals: true,
			strict: true,
		});
	} catch (error) {
		throw new UsageError(`${(error as Error).message.split("\n")[0]}\nUsage: ${usage}`);
	}
}

/** `--workspace`, else the deepest known folder that contains cwd, else cwd itself. Always a real path. */
export function workspaceOf(home: Home, given: string | undefined): string {
	const start = given ?? process.cwd();
	let real: string;
	try {
		real = realpathSync(start);
	} catch {
		throw new Problem("bad_request", `There is no folder ${start}.`);
	}
	return given === undefined ? (findDiscovery(home, real)?.workspace ?? real) : real;
}
