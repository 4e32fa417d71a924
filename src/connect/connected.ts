import type { AgentSetup } from "../adapters/agentSetup.ts";
import { Problem } from "../protocol/problem.ts";
import type { Disk } from "../store/disk.ts";
import type { Home } from "../store/home.ts";
import { configFiles, readConfig, type Spot } from "./plan.ts";

/** `unclear`: nobody can tell, since the agent's file cannot be read as what it should be. */
export type Connected = "yes" | "no" | "unclear";

/** Whether our hooks are in the agent's own file: what is remembered of a connection may be long gone from there. */
export async function connectedAt(disk: Disk, home: Home, setup: AgentSetup, spot: Spot): Promise<Connected> {
	const [main] = configFiles(home, setup, spot);
	try {
		const text = main && (await readConfig(disk, main.path));
		if (!main || !text?.trim()) return "no";
		return main.disconnect(text) === text ? "no" : "yes";
	} catch (error) {
		if (error instanceof Problem) return "unclear";
		throw error;
	}
}
