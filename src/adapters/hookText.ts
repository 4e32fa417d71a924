import { parse } from "jsonc-parser";
import { shellQuote, shellUnquote } from "../base/shellQuote.ts";
import { type Hook, MARGIN } from "./agentSetup.ts";
import { ourCommand } from "./hookCommand.ts";

/** Reading and moving our hook in a settings file that may be broken: what can be read of it counts. */

/** Every text in it that is a command of ours. */
export function ourCommands(agent: string, text: string): string[] {
	return stringsIn(parse(text, [], { allowTrailingComma: true })).filter((value) => ourCommand(agent).test(value));
}

export function hookInJson(agent: string, text: string): Hook | undefined {
	const [command = ""] = ourCommands(agent, text);
	const found = new RegExp(`^('.*') ${agent} (\\d+) \\|\\| `).exec(command);
	return found ? { program: shellUnquote(found[1] ?? ""), waitSeconds: Number(found[2]) } : undefined;
}

/** @param perSecond the agent's unit of a timeout */
export function movedInJson(agent: string, text: string, from: Hook, to: Hook, perSecond: number): string {
	const connected = (from.waitSeconds + MARGIN) * perSecond;
	return movedProgram(text, from.program, to.program)
		.replaceAll(` ${agent} ${from.waitSeconds} ||`, ` ${agent} ${to.waitSeconds} ||`)
		.replaceAll(
			new RegExp(`("timeout"\\s*:\\s*)${connected}\\b`, "g"),
			(_, name: string) => `${name}${(to.waitSeconds + SHORT_MARGIN) * perSecond}`,
		);
}

/** A gate that is lost in mid-wait is looked for for 15 s, and our hook still has to be the first. Seconds. */
const SHORT_MARGIN = 25;

/** However the program is quoted there. */
export function movedProgram(text: string, from: string, to: string): string {
	const forms = [(path: string) => JSON.stringify(shellQuote(path)).slice(1, -1), shellQuote, JSON.stringify, String];
	return forms.reduce((result, form) => result.replaceAll(form(from), () => form(to)), text);
}

function stringsIn(value: unknown): string[] {
	if (typeof value === "string") return [value];
	return value !== null && typeof value === "object" ? Object.values(value).flatMap(stringsIn) : [];
}
