import { homeAt } from "../../store/home.ts";
import { UsageError } from "../arguments.ts";
import { runHook } from "./runHook.ts";

/** The same hook as the installed one, started by hand. It exits by itself, once its answer was flushed. */
export async function hook([agent, seconds = "", ...rest]: string[]): Promise<number> {
	if (agent === undefined || rest.length > 0)
		throw new UsageError("Usage: countersign hook <agent> [SECONDS] < payload.json");
	runHook(homeAt().run, agent, seconds);
	return 2;
}
