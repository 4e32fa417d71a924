import type { Ending } from "./agentCanary.ts";
import { ourCommands } from "./hookText.ts";

/** As an agent with a settings file starts a hook: a shell gets the line. */
export function jsonHookCommand(agent: string, text: string): readonly [string, ...string[]] | undefined {
	const [command] = ourCommands(agent, text);
	return command === undefined ? undefined : ["/bin/sh", "-c", command];
}

/** The one no that all of them take: exit 2 with a word on stderr. */
export const saidNo = ({ code, stderr }: Ending): boolean => code === 2 && stderr.trim() !== "";
