import { printableJson } from "../base/hidden.ts";
import { replay } from "../core/replay.ts";
import { requestJson, summaryText } from "../present/describe.ts";
import { escapeLine } from "../present/escape.ts";
import { localTime } from "../present/logText.ts";
import { homeAt } from "../store/home.ts";
import { readJournal } from "../store/readJournal.ts";
import { readArguments, workspaceOf } from "./arguments.ts";

const USAGE = "countersign pending [--json] [--workspace DIR]";

/** What waits for a person, oldest first. */
export async function pending(args: string[]): Promise<number> {
	const { values } = readArguments(args, { json: { type: "boolean" } }, USAGE);
	const home = homeAt();
	const { records, details } = await readJournal(home, workspaceOf(home, values.workspace));
	const waiting = replay(records, details).requests.filter((request) => request.status === "waiting");
	for (const request of waiting) {
		const { id, revision, identity, plan, requestedAt } = request;
		const since = localTime(new Date(requestedAt).toISOString());
		if (values.json)
			process.stdout.write(
				`${printableJson(JSON.stringify({ id, revision, ...identity, tier: plan.tier, request: requestJson(request) }))}\n`,
			);
		else
			process.stdout.write(
				`${id.slice(0, 8)}  ${since}  ${plan.tier.padEnd(9)}  ${escapeLine(identity.agent)}  ${summaryText(request)}\n`,
			);
	}
	if (waiting.length === 0 && !values.json) process.stdout.write("Nothing waits.\n");
	return 0;
}
