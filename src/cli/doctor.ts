import { homedir } from "node:os";
import { diagnose } from "../doctor/doctor.ts";
import { type AgentReport, isGated } from "../doctor/finding.ts";
import { AGENTS } from "../doctor/subject.ts";
import { escapeLine } from "../present/escape.ts";
import { homeAt } from "../store/home.ts";
import { readArguments, UsageError, workspaceOf } from "./arguments.ts";

const USAGE = "countersign doctor [AGENT] [--json] [--workspace DIR]";

/** Is each connected agent really gated? Exit code 0: nothing slips that can be stopped. */
export async function doctor(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, { json: { type: "boolean" } }, USAGE);
	const [agent, ...rest] = positionals;
	if (rest.length > 0 || (agent !== undefined && !AGENTS.includes(agent)))
		throw new UsageError(`Doctor knows: ${AGENTS.join(", ")}.\nUsage: ${USAGE}`);
	const home = homeAt();
	const places = { workspace: workspaceOf(home, values.workspace), userHome: homedir(), environment: process.env };
	const reports: AgentReport[] = [];
	for await (const report of diagnose(agent, { home, places, dist: __dirname })) {
		reports.push(report);
		if (!values.json) process.stdout.write(text(report));
	}
	if (values.json) process.stdout.write(`${JSON.stringify({ agents: reports })}\n`);
	else if (reports.length === 0)
		process.stdout.write("No agent is connected here: nothing is gated. Run: countersign connect AGENT\n");
	const isLookedAt = reports.some(({ gated }) => gated);
	return isLookedAt && reports.every(({ findings }) => isGated(findings)) ? 0 : 1;
}

const WORDS = { ok: "ok", slips: "SLIPS", broken: "BROKEN", warn: "warn", "cannot close": "cannot close" } as const;

function text({ agent, findings }: AgentReport): string {
	const lines = findings.map(({ level, check, says, remedy }) => {
		const what = `${check}: ${says}${remedy ? ` To do: ${remedy}` : ""}`;
		return `  ${WORDS[level].padEnd(12)}  ${escapeLine(what)}\n`;
	});
	return `${agent}\n${lines.join("")}`;
}
