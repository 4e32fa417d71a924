import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Hook } from "../adapters/agentSetup.ts";
import { isExecutable } from "../store/executable.ts";
import { hookProgram, laidWith } from "../store/launcher.ts";
import { readText } from "./canaryPlace.ts";
import type { Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

const check = "hook program";

/** The hook program: there, executable, this version's, with an interpreter and something to ask the gate with. */
export function checkProgram(subject: Subject, { program }: Hook): Finding {
	const broken = (says: string): Finding => ({
		...{ level: "broken", check, says: `${program} ${says}, so every call is refused.` },
		remedy: `countersign connect ${subject.setup.agent}`,
	});
	const text = readText(program);
	if (text === undefined) return broken(existsSync(program) ? "cannot be read" : "is not there");
	if (!isExecutable(program)) return broken("is not executable");
	const interpreter = /^#!\s*(\S+)/.exec(text)?.[1];
	if (interpreter && !isExecutable(interpreter)) return broken(`wants ${interpreter}, which is not there`);
	if (program !== hookProgram(subject.home))
		return { level: "ok", check, says: `${program} is there and executable; it is not the one that Countersign lays.` };
	const laid = laidWith(text, readText(join(subject.dist, "hook.sh")) ?? "");
	if (!laid) {
		const says = `${program} is not the program that this version of Countersign lays there: what it does, nobody vouches for.`;
		return { level: "broken", check, says, remedy: `countersign connect ${subject.setup.agent}` };
	}
	const asker = [laid.curl, laid.node].find(isExecutable);
	if (!asker) return broken("finds neither curl nor Node where they were");
	return { level: "ok", check, says: `${program} is there, executable and this version's; it asks by ${asker}.` };
}
