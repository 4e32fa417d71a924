import { homeAt } from "../../store/home.ts";
import { UsageError } from "../arguments.ts";
import { runHook } from "./runHook.ts";

/**
 * The same hook as the installed one, started by hand. It exits by itself, once its answer was flushed. Here nobody
 * turns another exit code into 2, so a signal must.
 */
export async function hook([agent, seconds = "", ...rest]: string[]): Promise<number> {
	if (agent === undefined || rest.length > 0)
		throw new UsageError("Usage: countersign hook <agent> [SECONDS] < payload.json");
	for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => process.exit(2));
	process.on("uncaughtException", (error) => {
		process.stderr.write(`Countersign: the hook failed: ${error.message}\n`, () => process.exit(2));
	});
	runHook(homeAt().run, agent, seconds, 0);
	return 2;
}
